using System.Reflection;
using Microsoft.Extensions.Logging;

namespace Coworking.Hosting.Tests.Architecture;

public sealed class ShapeTests
{
    private const BindingFlags All = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    [Fact]
    public void A_class_without_heirs_is_sealed_or_static()
    {
        var heirs = Code.Types.Select(type => type.BaseType).OfType<Type>().Select(type => type.IsGenericType ? type.GetGenericTypeDefinition() : type).ToHashSet();
        var classes = Code.Types.Where(type => type.IsClass && type.Name != "Program").ToList();
        Assert.True(classes.Count > 100, $"Only {classes.Count} classes were found");
        Assert.Contains(classes, type => type.IsSealed && !type.IsAbstract);
        Nothing(classes.Where(type => !type.IsSealed && !heirs.Contains(type)).Select(type => type.FullName!), "neither sealed nor static, and nothing derives from it");
    }

    [Fact]
    public void A_service_shows_nothing_but_its_Program()
    {
        foreach (var service in Code.Services.Select(Assembly.Load))
        {
            Assert.NotEmpty(service.GetTypes());
            Nothing(service.GetExportedTypes().Where(type => type.Name != "Program").Select(type => type.FullName!), "public, but services only show Program");
        }
    }

    [Fact]
    public void Log_events_have_ids_of_their_own()
    {
        var events = Code.Types.SelectMany(type => type.GetMethods(All))
            .SelectMany(method => method.GetCustomAttributes<LoggerMessageAttribute>().Select(message => (message.EventId, Method: $"{method.DeclaringType}.{method.Name}")))
            .ToList();
        Assert.True(events.Count > 10, $"Only {events.Count} log events were found");
        Nothing(events.Where(one => one.EventId <= 0).Select(one => one.Method), "without an event id");
        Nothing(events.GroupBy(one => one.EventId).Where(same => same.Count() > 1).Select(same => $"{same.Key}: {string.Join(", ", same.Select(one => one.Method))}"), "the same event id twice");
    }

    [Fact]
    public void No_class_is_named_for_what_it_is_made_of()
    {
        string[] endings = ["Manager", "Helper", "Helpers", "Util", "Utils", "Common", "Impl", "IntegrationEvent", "Dto"];
        var named = Code.Types.Where(type => endings.Any(ending => type.Name.EndsWith(ending, StringComparison.Ordinal))).Select(type => type.FullName!).ToList();
        Assert.NotEmpty(Code.Types);
        Nothing(named, "say what it does, not what it is made of");
    }

    [Fact]
    public void An_interface_stands_for_a_process_boundary_or_for_several_classes()
    {
        // The bus lies behind it.
        string[] boundaries = ["Coworking.Hosting.Messaging.IOutboxPublisher"];
        var interfaces = Code.Types.Where(type => type.IsInterface && !boundaries.Contains(type.FullName)).ToList();
        Assert.Contains(Code.Types, type => boundaries.Contains(type.FullName));
        Nothing(interfaces.Where(one => Code.Types.Count(type => type.IsClass && !type.IsAbstract && one.IsAssignableFrom(type)) == 1).Select(one => one.FullName!), "an interface with one implementation");
    }

    internal static void Nothing(IEnumerable<string> offenders, string why)
    {
        var list = offenders.Order(StringComparer.Ordinal).ToList();
        Assert.True(list.Count == 0, $"{why}:\n  {string.Join("\n  ", list)}");
    }
}
