namespace Ratchet.TestKit;

/// <summary>A tiny whole model folder of golden files: config.json, weights, tokenizer.json, a chat template.</summary>
public static class TinyFolder
{
    /// <summary>Makes it.</summary>
    /// <param name="generation">Text of generation_config.json; null writes none.</param>
    /// <returns>A new temporary folder.</returns>
    public static string Make(string? generation = null)
    {
        string folder = Directory.CreateTempSubdirectory("ratchet-folder-").FullName;
        foreach (string file in Directory.GetFiles(Golden.FolderOf("models/llama/model")))
        {
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        }

        File.Copy(Golden.PathOf("gguf/models/llama-tokenizer/tokenizer.json"), Path.Combine(folder, "tokenizer.json"));
        File.WriteAllText(
            Path.Combine(folder, "chat_template.jinja"),
            "{{ bos_token }}{% for m in messages %}{{ m.role }}: {{ m.content }}{{ eos_token }}{% endfor %}{% if add_generation_prompt %}assistant: {% endif %}");
        if (generation is not null)
        {
            File.WriteAllText(Path.Combine(folder, "generation_config.json"), generation);
        }

        return folder;
    }
}
