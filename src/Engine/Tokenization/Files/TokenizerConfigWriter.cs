using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Ratchet.Engine.Tokenization.Files;

/// <summary>Writes what stands beside tokenizer.json.</summary>
internal static class TokenizerConfigWriter
{
    private static readonly JsonSerializerOptions Form = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    internal static void Write(string folder, VocabularyData data, string? chatTemplate, int contextLength)
    {
        bool isBert = data.Model == "bert";
        (string Key, int? Id)[] tokens =
        [
            (isBert ? "cls_token" : "bos_token", data.BeginToken), (isBert ? "sep_token" : "eos_token", data.EndToken), ("unk_token", data.UnknownTokenId),
            ("pad_token", data.PaddingToken),
        ];
        var map = new JsonObject();
        foreach ((string key, int? id) in tokens)
        {
            if (id is { } known)
            {
                map[key] = data.Tokens[known];
            }
        }

        var config = new JsonObject
        {
            ["tokenizer_class"] = "PreTrainedTokenizerFast",
            ["model_max_length"] = contextLength,
            ["clean_up_tokenization_spaces"] = isBert,
            ["add_bos_token"] = data.AddBegin,
            ["add_eos_token"] = data.AddEnd,
        };
        foreach ((string key, JsonNode? value) in map)
        {
            config[key] = value!.DeepClone();
        }

        if (chatTemplate is not null)
        {
            config["chat_template"] = chatTemplate;
        }

        Save("special_tokens_map.json", map);
        Save(TokenizerConfig.FileName, config);
        if (!isBert)
        {
            var generation = new JsonObject();
            foreach ((string key, int? id) in new[] { ("bos_token_id", data.BeginToken), ("eos_token_id", data.EndToken), ("pad_token_id", data.PaddingToken) })
            {
                if (id is { } known)
                {
                    generation[key] = known;
                }
            }

            Save("generation_config.json", generation);
        }

        void Save(string name, JsonObject content) => File.WriteAllText(Path.Combine(folder, name), content.ToJsonString(Form));
    }
}
