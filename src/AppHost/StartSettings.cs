using Microsoft.Extensions.Configuration;

namespace Ratchet.AppHost;

/// <summary>What a person may say at start: <c>--data</c>, <c>--model</c>, <c>--documents</c>.</summary>
/// <param name="DataFolder">Where all services keep their state, each in a folder of its own.</param>
/// <param name="Model">A name in models/ or the path of a GGUF file; null for the default.</param>
/// <param name="DocumentsFolder">A folder that the RagService watches; null for none.</param>
internal sealed record StartSettings(string DataFolder, string? Model, string? DocumentsFolder)
{
    /// <summary>Reads the settings; a path that is not there ends the start with its name.</summary>
    public static StartSettings Read(IConfiguration configuration)
    {
        string data = configuration["data"] ?? configuration["Ratchet:Data"] ?? Path.Combine(FindSolution(), "data");
        string? documents = configuration["documents"];
        if (documents is not null && !Directory.Exists(documents))
        {
            throw new DirectoryNotFoundException(
                $"--documents names '{documents}', which is no folder. Name the folder whose files should be answerable.");
        }

        string? model = configuration["model"];
        bool isPath = model is not null && (model.Contains('/') || model.Contains('\\') || model.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase));
        if (isPath && !File.Exists(model))
        {
            throw new FileNotFoundException(
                $"--model names '{model}', which is no file. Name a GGUF file, or a model of the models/ folder such as smollm2-135m-instruct.");
        }

        return new StartSettings(
            Path.GetFullPath(data), isPath ? Path.GetFullPath(model!) : model, documents is null ? null : Path.GetFullPath(documents));
    }

    public void Apply(EnvironmentCallbackContext context)
    {
        Dictionary<string, object> variables = context.EnvironmentVariables;
        variables["Ratchet__Data"] = DataFolder;
        if (Model is not null)
        {
            variables["Model__Base"] = Model;
        }

        if (DocumentsFolder is not null && context.Resource.Name == "rag")
        {
            variables["Rag__Watch"] = DocumentsFolder;
        }
    }

    private static string FindSolution()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Aspire.sln")))
            {
                return folder.FullName;
            }
        }

        return Directory.GetCurrentDirectory();
    }
}
