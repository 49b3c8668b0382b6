using System.Text.Json;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Orchestration;

/// <summary>One profile of a project's <c>Properties/launchSettings.json</c>.</summary>
internal sealed record LaunchProfile(string Name, IReadOnlyList<Uri> ApplicationUrls, IReadOnlyDictionary<string, string> EnvironmentVariables)
    : IResourceAnnotation
{
    private static readonly JsonDocumentOptions Lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <summary>The profile named <paramref name="chosen"/> if the project has it, else its first one that starts the project.</summary>
    public static LaunchProfile? Read(string projectPath, string? chosen, bool mustExist)
    {
        string file = Path.Combine(Path.GetDirectoryName(projectPath)!, "Properties", "launchSettings.json");
        if (!File.Exists(file))
        {
            return mustExist ? throw NotFound(file, chosen) : null;
        }

        using var settings = JsonDocument.Parse(File.ReadAllText(file), Lenient);
        if (!settings.RootElement.TryGetProperty("profiles", out JsonElement profiles))
        {
            return null;
        }

        JsonProperty[] starting =
        [
            .. profiles.EnumerateObject().Where(profile =>
                profile.Value.TryGetProperty("commandName", out JsonElement command) && command.ValueEquals("Project")),
        ];
        JsonProperty[] named = [.. starting.Where(profile => profile.Name == chosen)];
        if (named.Length == 0 && mustExist)
        {
            throw NotFound(file, chosen);
        }

        return named.Concat(starting).Select(Parse).FirstOrDefault();
    }

    private static LaunchProfile Parse(JsonProperty profile)
    {
        string urls = profile.Value.TryGetProperty("applicationUrl", out JsonElement url) ? url.GetString() ?? "" : "";
        Dictionary<string, string> variables = profile.Value.TryGetProperty("environmentVariables", out JsonElement environment)
            ? environment.EnumerateObject().ToDictionary(variable => variable.Name, variable => variable.Value.ToString())
            : [];
        return new LaunchProfile(
            profile.Name, [.. urls.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(one => new Uri(one))], variables);
    }

    private static DistributedApplicationException NotFound(string file, string? chosen) =>
        new($"{file} has no launch profile '{chosen}' with commandName Project. Add it, or name another.");
}
