using Ratchet.Contracts.Trainer;

namespace Ratchet.Gateway.Tests.Pages;

/// <summary>A gateway whose services hold a little of everything that pages show.</summary>
internal static class Fixtures
{
    public const string Adapter = "ft:tiny-base:ratchet:shop:ftjob-1";

    public static GatewayUnderTest Gateway()
    {
        var gateway = new GatewayUnderTest();
        Rag(gateway.Upstream);
        Trainer(gateway.Upstream);
        gateway.Upstream.On("inference", "POST /v1/chat/completions", request => FakeUpstream.Completion(request, "It costs **2.50** euros."));
        return gateway;
    }

    public static HttpClient Browser(GatewayUnderTest gateway)
    {
        HttpClient client = gateway.CreateClient();
        client.DefaultRequestHeaders.Add("Accept", "text/html");
        return client;
    }

    public static FormUrlEncodedContent Form(params (string Name, string Value)[] fields) =>
        new(fields.Select(field => KeyValuePair.Create(field.Name, field.Value)));

    public static object List(params object[] items) => new { @object = "list", data = items, has_more = false };

    public static object Example(string id, string state = "proposed") => new
    {
        id,
        collection = "default",
        question = "What does a late return cost?",
        answer = "2.50 euros a day.",
        split = "train",
        state,
        source = "document",
        created_at = 1,
        covered = true,
        counted = true,
        document_id = "doc-1",
        document_title = "Fees",
        chunk_id = "chunk-1",
        passage = "A late return costs 2.50 euros a day.",
    };

    public static object Export(string id, string format, string status) => status == "succeeded"
        ? new
        {
            id,
            adapter = Adapter,
            created_at = 1,
            format,
            status,
            type = "F32",
            path = "/data/exports/export-1/files",
            files = new object[] { new { name = "Modelfile", bytes = 812, sha256 = new string('a', 64) }, new { name = "adapter.gguf", bytes = 1572864, sha256 = new string('b', 64) } },
            notes = new[] { "Ollama keeps no system text of its own." },
            largest_difference = new { tensor = "blk.0.attn_q.weight", value = 0.00123 },
            parity = new { tokens = 96, exported = 0.00002, error = 1e-9, same_best = 1.0, effect = 4.25 },
        }
        : new { id, adapter = Adapter, created_at = 1, format, status, error = status == "failed" ? "DoRA has no place in a GGUF adapter." : null };

    public static object Alias(string adapter, long version) => new { name = "latest", @object = "alias", adapter, version, updated_at = 1 };

    private static void Rag(FakeUpstream upstream)
    {
        object collection = new { name = "default", trainable = true, document_count = 1, chunk_count = 1, example_count = 2 };
        object document = new
        {
            id = "doc-1",
            collection = "default",
            key = "fees.md",
            title = "Fees",
            version = 1,
            content_hash = "00",
            media_type = "text/markdown",
            source = "upload",
            bytes = 100,
            state = "indexed",
            split = "train",
            pinned = false,
            created_at = 1,
            updated_at = 1,
            chunk_count = 1,
            metadata = new { year = "2026" },
        };
        upstream.On("rag", "GET /v1/knowledge/stats", _ => FakeUpstream.Json(new
        {
            documents = new { indexed = 1, failed = 1 },
            chunk_count = 1,
            examples = new { proposed = 2, approved = 1 },
            held_out_count = 0,
            ready_to_seal = 1,
            ready_tokens = 10,
            batch_count = 0,
            feedback_count = 0,
            lag_seconds = 0,
            generation = 1,
            collections = new[] { collection },
        }));
        upstream.On("rag", "GET /v1/collections", _ => FakeUpstream.Json(List(collection)));
        upstream.On("rag", "GET /v1/documents", _ => FakeUpstream.Json(List(document)));
        upstream.On("rag", "GET /v1/documents/doc-1", _ => FakeUpstream.Json(document));
        upstream.On("rag", "GET /v1/documents/doc-1/chunks", _ => FakeUpstream.Json(List(
            new { id = "chunk-1", index = 0, text = "A late return costs 2.50 euros a day.", heading = "Fees", start = 0, end = 37, token_count = 9 })));
        upstream.On("rag", "GET /v1/documents/doc-1/reach", _ => FakeUpstream.Json(new
        {
            document_id = "doc-1",
            chunks = new[] { "chunk-1" },
            examples = new[] { "ex-1", "ex-2" },
            batches = Array.Empty<string>(),
            adapters = new[] { Adapter },
            adapters_known = true,
        }));
        upstream.On("rag", "GET /v1/examples", _ => FakeUpstream.Json(List(Example("ex-1"), Example("ex-2"))));
        upstream.On("rag", "GET /v1/examples/ex-1", _ => FakeUpstream.Json(Example("ex-1")));
        upstream.On("rag", "PATCH /v1/examples/ex-1", _ => FakeUpstream.Json(Example("ex-1", "approved")));
        upstream.On("rag", "POST /v1/search", _ => FakeUpstream.Found(true, ("chunk-1", "doc-1", "Fees", "A late return costs 2.50 euros a day.")));
        upstream.On("rag", "POST /v1/feedback", request => FakeUpstream.Json(new
        {
            id = "fb-1",
            kind = (string?)request.Json["kind"],
            question = "Q",
            collection = "default",
            chunks = Array.Empty<string>(),
            created_at = 1,
        }));
    }

    private static void Trainer(FakeUpstream upstream)
    {
        object job = new
        {
            @object = "fine_tuning.job",
            id = "ftjob-1",
            model = "tiny-base",
            created_at = 1,
            status = "running",
            training_file = "file-1",
            user_provided_suffix = "shop",
            x_ratchet = new { settings = new { rank = 8 }, example_count = 20, step = 2, started_at = 1 },
        };
        upstream.On("trainer", "GET /v1/aliases", _ => FakeUpstream.Json(List(Alias(Adapter, 3))));
        upstream.On("trainer", "GET /v1/adapters", _ => FakeUpstream.Json(List(AdapterRecord("promote"))));
        upstream.On("trainer", "GET /v1/adapters/ft%3Atiny-base%3Aratchet%3Ashop%3Aftjob-1", _ => FakeUpstream.Json(AdapterRecord("promote")));
        upstream.On("trainer", "GET /v1/adapters/ft%3Atiny-base%3Aratchet%3Ashop%3Aftjob-1/exports", _ => FakeUpstream.Json(List(
            Export("export-3", "gguf", "running"), Export("export-2", "gguf_adapter", "failed"), Export("export-1", "ollama", "succeeded"))));
        upstream.On("trainer", "GET /v1/adapters/ft%3Atiny-base%3Aratchet%3Ashop%3Aftjob-1/evaluation", _ => FakeUpstream.Json(Evaluation()));
        upstream.On("trainer", "GET /v1/fine_tuning/jobs", _ => FakeUpstream.Json(List(job)));
        upstream.On("trainer", "GET /v1/fine_tuning/jobs/ftjob-1", _ => FakeUpstream.Json(job));
        upstream.On("trainer", "GET /v1/fine_tuning/jobs/ftjob-1/events", _ => FakeUpstream.Json(List(Metric(2, 1.5), Metric(1, 2.5))));
        upstream.On("trainer", "GET /v1/fine_tuning/jobs/ftjob-1/checkpoints", _ => FakeUpstream.Json(List()));
        upstream.On("trainer", "GET /v1/files", _ => FakeUpstream.Json(List(
            new { id = "file-1", @object = "file", filename = "shop.jsonl", purpose = "fine-tune", bytes = 9, created_at = 1 })));
        upstream.On("trainer", "GET /v1/cycles", _ => FakeUpstream.Json(List(Cycle())));
        upstream.On("trainer", "GET /v1/cycles/cycle-1", _ => FakeUpstream.Json(Cycle()));
    }

    public static object AdapterRecord(string? verdict) => new
    {
        id = Adapter,
        created_at = 1,
        base_model = "tiny-base",
        base_sha256 = "00",
        suffix = "shop",
        job = "ftjob-1",
        cycle = "cycle-1",
        training_file = "file-1",
        path = "somewhere",
        files = new[] { new { name = "adapter_model.safetensors", bytes = 5, sha256 = new string('a', 64) } },
        rank = 8,
        target_modules = new[] { "q_proj" },
        metrics = new { final_loss = 1.25 },
        lineage = new { batches = new[] { "batch-1" }, training_sha256 = "00", examples = 20, replay_examples = 2 },
        verdict,
        aliases = Array.Empty<string>(),
    };

    private static object Metric(int step, double loss) => new
    {
        @object = "fine_tuning.job.event",
        id = $"ftevent-{step}",
        created_at = 1,
        level = "info",
        message = $"Step {step}",
        type = "metrics",
        data = new { step, total_steps = 10, train_loss = loss, tokens_per_second = 250.4, eta_seconds = 75.0, verdict = "falling" },
    };

    private static object Evaluation() => new
    {
        adapter = Adapter,
        base_model = "tiny-base",
        created_at = 1,
        finished_at = 2,
        arms = new[] { new { name = "candidate+rag", model = Adapter, retrieval = true, set = "uncovered", example_count = 120, nll = 1.5, perplexity = 4.5, token_f1 = 0.4, bleu = 31.25, bert_score = 0.625 } },
        encoder = "tiny-encoder",
        labels = new[]
        {
            new
            {
                name = "candidate+rag",
                set = "uncovered",
                example_count = 120,
                unlabelled_count = 7,
                accuracy = 0.875,
                macro_f1 = 0.865,
                micro_f1 = 0.87,
                labels = new[]
                {
                    new { label = "delivery", precision = 0.9, recall = 0.8, f1 = 0.85, support = 60 },
                    new { label = "refund", precision = 0.8, recall = 0.9, f1 = 0.85, support = 60 },
                },
                confusion = (int[][])[[48, 9], [4, 52]],
            },
        },
        differences = new[]
        {
            new
            {
                metric = "nll",
                set = "uncovered",
                candidate = "candidate+rag",
                reference = "base+rag",
                example_count = 120,
                mean = -0.5,
                low = -0.7,
                high = -0.3,
                confidence = 0.95,
                rounds = 10000,
                decides = true,
            },
        },
        probe = new { example_count = 100, before = 2.0, after = 2.01, change = 0.01, low = 0.0, high = 0.02, limit = 0.08 },
        verdict = "promote",
        reasons = new[] { "NLL fell." },
        pairs = Array.Empty<EvaluationPair>(),
    };

    private static object Cycle() => new
    {
        id = "cycle-1",
        collection = "default",
        status = "running",
        created_at = 1,
        trigger = "manual",
        steps = new object[]
        {
            new { name = "seal", status = "done", started_at = 1, finished_at = 3 },
            new { name = "train", status = "running", started_at = 3, done = 5, total = 10, remaining_seconds = 90 },
            new { name = "promote", status = "waiting" },
        },
    };
}
