using System.Reflection;
using System.Reflection.Emit;

namespace Coworking.Hosting.Tests.Architecture;

/// <summary>Which types a type uses, in its signatures and in the code of its methods, closures and state machines included.</summary>
internal static class TypeUse
{
    private const BindingFlags All = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<short, OpCode> Codes = typeof(OpCodes).GetFields().Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => code.Value);

    /// <summary>With the types nested inside: a closure's use is its method's.</summary>
    internal static IReadOnlySet<Type> Of(Type type)
    {
        var used = new HashSet<Type>();
        Collect(type, used);
        return used;
    }

    private static void Collect(Type type, HashSet<Type> used)
    {
        Add(type.BaseType, used);
        Array.ForEach(type.GetInterfaces(), one => Add(one, used));
        Array.ForEach(type.GetFields(All), field => Add(field.FieldType, used));

        foreach (var attribute in type.GetCustomAttributesData().Concat(type.GetMembers(All).SelectMany(member => member.GetCustomAttributesData())))
        {
            Add(attribute.AttributeType, used);
        }

        foreach (var method in type.GetMethods(All).Cast<MethodBase>().Concat(type.GetConstructors(All)))
        {
            Add((method as MethodInfo)?.ReturnType, used);
            Array.ForEach(method.GetParameters(), parameter => Add(parameter.ParameterType, used));
            CollectBody(method, used);
        }

        Array.ForEach(type.GetNestedTypes(All), nested => Collect(nested, used));
    }

    private static void CollectBody(MethodBase method, HashSet<Type> used)
    {
        if (method.GetMethodBody() is not { } body || body.GetILAsByteArray() is not { } il)
        {
            return;
        }

        foreach (var local in body.LocalVariables)
        {
            Add(local.LocalType, used);
        }

        var typeArguments = method.DeclaringType is { IsGenericType: true } declaring ? declaring.GetGenericArguments() : null;
        var methodArguments = method.IsGenericMethod ? method.GetGenericArguments() : null;

        for (var at = 0; at < il.Length;)
        {
            var code = il[at] == 0xFE ? Codes[(short)(0xFE00 | il[at + 1])] : Codes[il[at]];
            at += code.Size;

            if (code.OperandType is OperandType.InlineMethod or OperandType.InlineField or OperandType.InlineType or OperandType.InlineTok)
            {
                AddMember(method.Module.ResolveMember(BitConverter.ToInt32(il, at), typeArguments, methodArguments), used);
            }

            at += Operand(code.OperandType, il, at);
        }
    }

    private static int Operand(OperandType operand, byte[] il, int at) => operand switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(il, at)),
        _ => 4,
    };

    private static void AddMember(MemberInfo? member, HashSet<Type> used)
    {
        Add(member as Type ?? member?.DeclaringType, used);

        if (member is MethodInfo { IsGenericMethod: true } generic)
        {
            Array.ForEach(generic.GetGenericArguments(), argument => Add(argument, used));
        }
    }

    private static void Add(Type? type, HashSet<Type> used)
    {
        if (type is null || type.IsGenericParameter)
        {
            return;
        }

        if (type.HasElementType)
        {
            Add(type.GetElementType(), used);
            return;
        }

        if (type.IsConstructedGenericType)
        {
            Array.ForEach(type.GetGenericArguments(), argument => Add(argument, used));
            type = type.GetGenericTypeDefinition();
        }

        used.Add(type);
    }
}
