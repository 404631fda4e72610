namespace Coworking.Local;

/// <summary>Files of the repository that travel inside this assembly.</summary>
internal static class Resources
{
    internal static string Text(string name)
    {
        using var stream = typeof(Resources).Assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"{name} is not embedded");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
