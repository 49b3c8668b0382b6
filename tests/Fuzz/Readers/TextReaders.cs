using System.Text;
using System.Text.Json;
using Ratchet.Contracts;
using Ratchet.Contracts.OpenAI;
using Ratchet.Contracts.Rag;
using Ratchet.Datasets;
using Ratchet.Datasets.LlamaFactory;
using Ratchet.Engine.Formats.Ollama;
using Ratchet.Engine.Tokenization;
using Ratchet.Engine.Tokenization.Jinja;
using Ratchet.ServiceDefaults.Errors;
using Ratchet.TestKit;
using Ratchet.TrainerService.Jobs;

namespace Ratchet.Fuzz.Readers;

/// <summary>Chat templates, data sets and the bodies of requests.</summary>
internal static class TextReaders
{
    // All that a million steps allocate one after another, most of it short-lived; what lives at once is bounded by the sandbox.
    private static readonly MemoryBound TemplateMemory = new(1L << 30, 0);

    private static readonly MemoryBound JsonMemory = new(1 << 20, 256);

    private static readonly MemoryBound DatasetMemory = new(4 << 20, 512);

    private const int SampleRows = 12;

    // What grows without end where nobody counts.
    private static readonly string[] Hostile =
    [
        "{% set ns = namespace(x='a') %}{% for i in range(60) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}",
        "{% set ns = namespace(x='a') %}{% for i in range(60) %}{% set ns.x = ns.x + ns.x %}{% endfor %}{{ ns.x }}",
        "{% set ns = namespace(x=[1]) %}{% for i in range(60) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
        "{% set ns = namespace(x=[1]) %}{% for i in range(60) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x }}{{ ns.x | tojson }}{{ ns.x == ns.x }}",
        "{% set ns = namespace(x='ab') %}{% for i in range(60) %}{% set ns.x = ns.x | replace('a', ns.x) %}{% endfor %}",
        "{% set ns = namespace(x='ab') %}{% for i in range(60) %}{% set ns.x = ns.x.join([ns.x, ns.x]) %}{% endfor %}",
        "{% set ns = namespace(x='ab') %}{% for i in range(60) %}{% set ns.x = [ns.x, ns.x] | join(ns.x) %}{% endfor %}",
        "{% set ns = namespace(x=9) %}{% for i in range(99) %}{% set ns.x = ns.x * ns.x %}{% endfor %}{{ ns.x }}{{ 9 ** 9 ** 9 }}",
        "{% macro m(n) %}{{ m(n) }}{{ m(n) }}{% endmacro %}{{ m(1) }}",
        "{% for a in range(99999) %}{% for b in range(99999) %}{{ messages | tojson }}{% endfor %}{% endfor %}",
        "{% set ns = namespace(x='a') %}{% for i in range(60) %}{% set ns.x %}{{ ns.x }}{{ ns.x }}{% endset %}{% endfor %}",
        "{% for i in range(99999) %}{{ [1] | batch(99999, 'x') | length }}{{ [1] | slice(99999) | length }}{{ [1] * 99999 }}{% endfor %}",
        "{% for x in [1] recursive %}{{ loop([x]) }}{{ loop([x]) }}{% endfor %}",
        "{% macro m() %}{{ caller() }}{{ caller() }}{% endmacro %}{% call m() %}{% call m() %}{% call m() %}{{ '%999s'|format('a') }}{% endcall %}{% endcall %}{% endcall %}",
        "{{ ('a' * 999999).split('a') | join('b' * 999999) }}{{ ('a' * 999999) | list | sort | unique | tojson }}",
    ];

    private static readonly IReadOnlyList<Engine.Tokenization.ChatMessage> Conversation =
    [
        new("system", "Answer briefly."),
        new("user", "When do you open? 几点开门？"),
        new("assistant", "At nine."),
        new("user", "And on {{ Sundays }}?"),
    ];

    public static IEnumerable<FuzzReader> Create()
    {
        yield return new FuzzReader("jinja", Templates(), (_, bytes) => ReadTemplate(bytes), e => e is TemplateException, TemplateMemory);
        yield return new FuzzReader("modelfile", Modelfiles(), (_, bytes) => Modelfile.Parse(Encoding.UTF8.GetString(bytes)).From.Length > 0, e => e is ModelfileException, JsonMemory);
        yield return new FuzzReader("dataset", Datasets(), ReadDataset, _ => false, DatasetMemory);
        yield return new FuzzReader("dataset-info", Infos(), (sample, bytes) => ReadInfo(sample, bytes), e => e is DatasetInfoException, JsonMemory);
        yield return new FuzzReader("job-request", Jobs(), (_, bytes) => ReadJob(bytes), e => e is ApiException or JsonException, JsonMemory);
        yield return new FuzzReader("chat-request", Bodies(), ReadBody, e => e is JsonException, JsonMemory);
    }

    private static FuzzSample[] Modelfiles()
    {
        const string Text = "# made\nFROM ./model.gguf\nADAPTER ./adapter.gguf\nTEMPLATE \"\"\"{{ range .Messages }}{{ .Content }}\n{{ end }}\"\"\"\n"
            + "SYSTEM \"be brief\"\nPARAMETER stop \"<|im_end|>\"\nPARAMETER num_ctx 2048\nMESSAGE user hi\nLICENSE \"\"\"MIT\"\"\"\n";
        return [new FuzzSample("Modelfile", Encoding.UTF8.GetBytes(Text), SampleForm.Binary)];
    }

    private static FuzzSample[] Templates()
    {
        JsonElement features = Golden.Read<JsonElement>("chat-templates/features.json");
        return
        [
            .. Golden.Read<JsonElement>("chat-templates/templates.json").EnumerateObject()
                .Select(template => Text(template.Name, template.Value.GetProperty("template").GetString()!, SampleForm.Template)),
            .. features.GetProperty("cases").EnumerateArray()
                .Select(item => Text("feature", item.GetProperty("template").GetString()!, SampleForm.Template)),
            .. Hostile.Select(template => Text("hostile", template, SampleForm.Template)),
        ];
    }

    private static bool ReadTemplate(byte[] bytes)
    {
        var template = new ChatTemplate(Encoding.UTF8.GetString(bytes), "<s>", "</s>");
        _ = template.Render(Conversation, addGenerationPrompt: true);
        return true;
    }

    private static FuzzSample[] Datasets()
    {
        string business = Path.Combine(SourceTree.Root, "samples", "business");
        const string Alpaca = """[{"instruction":"What is it?","input":"a word","output":"An answer.","history":[["q","a"]]},{"instruction":"你好","output":"好"}]""";
        const string ShareGpt = """
            {"conversations":[{"from":"human","value":"hi"},{"from":"gpt","value":"hello"},{"from":"human","value":"bye"},{"from":"gpt","value":"bye"}],"system":"s","tools":"[]"}
            {"conversations":[{"from":"human","value":"a"},{"from":"function_call","value":"{}"},{"from":"observation","value":"1"},{"from":"gpt","value":"b"}]}
            """;
        const string Preferences = """{"input":{"messages":[{"role":"user","content":"q"}]},"preferred_completion":[{"role":"assistant","content":"a"}],"non_preferred_completion":[{"role":"assistant","content":"b"}]}""";
        return
        [
            .. ((string[])["examples.jsonl", "chinese.jsonl"]).Select(
                name => Text(name, string.Join('\n', File.ReadLines(Path.Combine(business, name)).Take(SampleRows)), SampleForm.Json)),
            Text("alpaca.json", Alpaca, SampleForm.Json),
            Text("sharegpt.jsonl", ShareGpt, SampleForm.Json),
            Text("preferences.jsonl", Preferences, SampleForm.Json),
            Text("glued.jsonl", """{"prompt":"a","completion":"b"}{"prompt":"c","completion":"d"}""", SampleForm.Json),
            Text("rows.csv", "instruction,input,output\n\"What, then?\",\"a \"\"b\"\"\",c\nd,,\"e\nf\"\n", SampleForm.Text),
            Text("text.jsonl", """{"text":"plain text"}""", SampleForm.Json),
        ];
    }

    private static bool ReadDataset(FuzzSample sample, byte[] bytes)
    {
        using var stream = new MemoryStream(bytes, writable: false);
        return DatasetReader.Read(stream, sample.Name).Rows.Count > 0;
    }

    private static FuzzSample[] Infos() =>
    [
        Text("info", """
            {"a":{"file_name":"a.json","formatting":"sharegpt","columns":{"messages":"conversations","system":"system"},"tags":{"role_tag":"from","user_tag":"human"},"num_samples":5},
             "b":{"hf_hub_url":"org/b","ranking":true,"columns":{"prompt":"p","chosen":"c","rejected":"r"}}}
            """, SampleForm.Json),
        Text("yaml", "### model\nstage: sft\nlora_rank: 8\nlora_target: [q_proj, 'v_proj']\nlearning_rate: 1.0e-4\nbf16: true # yes\nlist:\n- a\n- \"b\"\nnothing: null\n", SampleForm.Text),
    ];

    private static bool ReadInfo(FuzzSample sample, byte[] bytes)
    {
        if (sample.Name == "yaml")
        {
            return TrainingArguments.Read(Encoding.UTF8.GetString(bytes)).Count >= 0;
        }

        foreach (DatasetEntry entry in DatasetInfo.Read(bytes))
        {
            using var rows = new MemoryStream("{\"conversations\":[{\"from\":\"human\",\"value\":\"q\"},{\"from\":\"gpt\",\"value\":\"a\"}],\"p\":\"q\"}"u8.ToArray());
            _ = DatasetReader.Read(rows, "rows.jsonl", null, entry);
        }

        return true;
    }

    private static FuzzSample[] Jobs() =>
    [
        Text("plain", """{"model":"base","training_file":"file-1","suffix":"a-b","seed":7,"hyperparameters":{"n_epochs":3,"batch_size":"auto","learning_rate_multiplier":1.5}}""", SampleForm.Json),
        Text("yaml", """{"model":"base","training_file":"f","x_ratchet":"lora_rank: 8\nlora_target: all\nuse_dora: true\nlr_scheduler_type: cosine\n"}""", SampleForm.Json),
        Text("method", """
            {"model":"base","training_file":"file-1","validation_file":"file-2","metadata":{"a":"b"},"integrations":[{"type":"wandb"}],
             "method":{"type":"supervised","supervised":{"hyperparameters":{"n_epochs":2,"x_ratchet":{"rank":8,"alpha":16.0,"dropout":0.1,
             "target_modules":["q_proj","v_proj"],"rslora":true,"learning_rate":1e-4,"schedule":"cosine_with_restarts","warmup_ratio":0.1,"max_length":512,"loss_on":"completion",
             "early_stopping_patience":3,"replay_share":0.2,"bias":"none","tuning":"lora","dora":true,"lora_plus_ratio":16,"label_smoothing":0.1,
             "rank_pattern":{"q_proj":4},"alpha_pattern":{".*v_proj":8.5},"layers_to_transform":[0,1],"modules_to_save":["lm_head"],"restarts":2}}}}}
            """, SampleForm.Json),
        Text("four bits", """{"model":"base","training_file":"f","x_ratchet":{"tuning":"qlora","quantization":"nf4","double_quantization":false}}""", SampleForm.Json),
        Text("pairs", """{"model":"base","training_file":"f","method":{"type":"dpo","dpo":{"hyperparameters":{"beta":0.2,"n_epochs":1}}},"x_ratchet":{"objective":"dpo"}}""", SampleForm.Json),
        Text("blocks", """{"model":"base","training_file":"f","x_ratchet":"stage: sft\nfinetuning_type: freeze\nfreeze_trainable_layers: 3\n"}""", SampleForm.Json),
        Text("pissa", """{"model":"base","training_file":"f","x_ratchet":{"rank":4,"init":"pissa","schedule":"linear","warmup_steps":2}}""", SampleForm.Json),
    ];

    private static bool ReadJob(byte[] bytes)
    {
        using var document = JsonDocument.Parse(bytes);
        _ = JobRequestReader.Read(document.RootElement);
        return true;
    }

    private static FuzzSample[] Bodies() =>
    [
        Text("chat", """
            {"model":"m","messages":[{"role":"system","content":"s"},{"role":"user","content":[{"type":"text","text":"hi"}]},{"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"c","content":"1"}],
             "max_completion_tokens":5,"temperature":0.5,"top_p":0.9,"n":2,"stop":["a","b"],"seed":1,"logprobs":true,"top_logprobs":3,"logit_bias":{"5":-1},"stream":true,"stream_options":{"include_usage":true},"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}],"tool_choice":"auto"}
            """, SampleForm.Json),
        Text("completion", """{"model":"m","prompt":["a","b"],"max_tokens":5,"stop":"x","echo":true,"logprobs":2}""", SampleForm.Json),
        Text("embedding", """{"model":"m","input":["a","b"],"encoding_format":"base64","dimensions":8}""", SampleForm.Json),
        Text("search", """{"query":"q","collection":"c","top_k":3,"filter":{"a":["b",1]},"mode":"hybrid","mmr_lambda":0.5}""", SampleForm.Json),
        Text("examples", """{"examples":[{"collection":"c","question":"q","answer":"a","document_key":"k","split":"train","state":"approved"}]}""", SampleForm.Json),
        Text("lora", """{"lora_name":"x","lora_path":"/p","load_inplace":false}""", SampleForm.Json),
    ];

    private static bool ReadBody(FuzzSample sample, byte[] bytes) => sample.Name switch
    {
        "chat" => JsonSerializer.Deserialize<ChatCompletionRequest>(bytes, WireJson.Options) is not null,
        "completion" => JsonSerializer.Deserialize<TextCompletionRequest>(bytes, WireJson.Options) is not null,
        "embedding" => JsonSerializer.Deserialize<EmbeddingRequest>(bytes, WireJson.Options) is not null,
        "search" => JsonSerializer.Deserialize<SearchRequest>(bytes, WireJson.Options) is not null,
        "examples" => JsonSerializer.Deserialize<ExamplesRequest>(bytes, WireJson.Options) is not null,
        _ => JsonSerializer.Deserialize<LoadLoraAdapterRequest>(bytes, WireJson.Options) is not null,
    };

    private static FuzzSample Text(string name, string text, SampleForm form) => new(name, Encoding.UTF8.GetBytes(text), form);
}
