using Ratchet.Contracts.Trainer;
using Ratchet.Engine.Adapters;
using Ratchet.Engine.Formats.Gguf;
using Ratchet.Engine.Formats.Ollama;
using Ratchet.Engine.Models;
using Ratchet.Engine.Quantization;
using Ratchet.Engine.Tensors;
using Ratchet.Engine.Tokenization;
using Ratchet.Engine.Tokenization.Jinja;
using Ratchet.TrainerService.Ports;

namespace Ratchet.TrainerService.Infrastructure.Managed;

/// <summary>Exports through the engine: PEFT, merged safetensors, merged GGUF, GGUF adapter, Ollama.</summary>
public sealed class ManagedExporter : IAdapterExporter
{
    public const string Peft = "peft";
    public const string Safetensors = "safetensors";
    public const string Gguf = "gguf";
    public const string GgufAdapter = "gguf_adapter";
    public const string Ollama = "ollama";

    private const string ModelFile = "model.gguf";
    private const string AdapterFile = "adapter.gguf";

    // Squared distance over squared length of logits. What keeps 32 bits is the same sums in another order; 16 bits round each weight once.
    private const double SingleErrorMax = 1e-6;
    private const double HalfErrorMax = 1e-2;

    // Any text will do, as long as the adapter is asked what it is for: in its own template, in words and in code.
    private static readonly string[] Questions =
    [
        "What is the return policy?", "Summarise the last answer in one sentence.", "How do I reset my password, step by step?", "模型如何学习新的文档？",
    ];

    /// <summary>The formats, and what each stores where the request does not say.</summary>
    public static IReadOnlyDictionary<string, ElementType> Formats { get; } = new Dictionary<string, ElementType>
    {
        [Peft] = ElementType.F32,
        [Safetensors] = ElementType.BF16,
        [Gguf] = ElementType.Q8_0,
        [GgufAdapter] = ElementType.F32,
        [Ollama] = ElementType.F32,
    };

    public AdapterExport Export(ExportWork work, string folder)
    {
        try
        {
            using LoadedDecoder loaded = ModelLoader.LoadDecoder(work.ModelPath);
            using var adapter = LoraAdapter.Load(work.AdapterFolder, loaded.Model);
            return new Making(work, folder, loaded, adapter).Run();
        }
        catch (Exception e) when (e is ModelExportException or TemplateException or FormatException or ArgumentException)
        {
            throw new ExportRefusedException(e.Message, e);
        }
    }

    private sealed class Making(ExportWork work, string folder, LoadedDecoder loaded, LoraAdapter adapter)
    {
        private readonly List<string> _notes = [];
        private ExportDifference? _change;
        private ExportDifference? _difference;
        private ElementType _type;

        public AdapterExport Run()
        {
            string format = work.Request.Format;
            _type = Type(format);
            bool isMerged = format is Safetensors or Gguf || (format == Ollama && IsMergedForOllama());
            switch (format)
            {
                case Peft:
                    adapter.Save(folder, work.ModelName);
                    break;
                case GgufAdapter:
                    WriteAdapterGguf();
                    break;
                case Safetensors:
                    Merge(() => ModelWriter.WriteFolder(loaded.Model, folder, _type, BaseFolder));
                    if (BaseFolder is null)
                    {
                        WriteTokenizer();
                    }

                    break;
                case Gguf:
                    WriteMergedGguf();
                    break;
                default:
                    WriteOllama(isMerged);
                    break;
            }

            var parity = ExportParity.Measure(loaded.Model, adapter, Rows(), () => Reread(isMerged), isMerged);
            RefuseWhatCameOutOtherwise(parity);
            return new AdapterExport
            {
                Id = work.Id,
                CreatedAt = work.CreatedAt,
                Adapter = work.Adapter,
                Format = format,
                Status = ExportFolder.Running,
                Type = _type.ToString(),
                Notes = _notes,
                LargestChange = _change,
                LargestDifference = _difference,
                Parity = new ExportParityView(
                    parity.TokenCount, parity.MergedDifference, parity.ExportDifference, parity.ExportError, parity.SameBest, parity.EffectDifference),
            };
        }

        // Null where the base is a GGUF file.
        private string? BaseFolder => Directory.Exists(work.ModelPath) ? work.ModelPath : null;

        private string At(string name) => Path.Combine(folder, name);

        private ElementType Type(string format) => work.Request.Type is not { } name
            ? format == Ollama && IsMergedForOllama() ? ElementType.Q8_0 : Formats[format]
            : Enum.TryParse(name, ignoreCase: true, out ElementType type) && BlockCodec.CanWrite(type)
                ? type
                : throw new ModelExportException(
                    $"'{name}' is no type that is written. Choose one of {string.Join(", ", Enum.GetValues<ElementType>().Where(BlockCodec.CanWrite))}.");

        // Ollama applies plain adapters; others go in merged.
        private bool IsMergedForOllama() => adapter.HasMagnitudes || adapter.Saved.Count > 0;

        private void Merge(Func<IReadOnlyList<WrittenTensor>> write)
        {
            using MergedAdapter merged = adapter.MergeInto(loaded.Model);
            LoraMergeChange change = merged.Changes.MaxBy(c => c.LargestChange);
            _change = new ExportDifference(change.Layer, change.LargestChange);
            IReadOnlyList<WrittenTensor> written = write();
            WrittenTensor largest = written.MaxBy(t => t.LargestDifference);
            _difference = new ExportDifference(largest.Name, largest.LargestDifference);
            IGrouping<ElementType, WrittenTensor>[] others = [.. written.Where(t => t.Type != _type && t.Type != ElementType.F32).GroupBy(t => t.Type)];
            if (others.Length > 0)
            {
                _notes.Add(
                    $"Rows that blocks of {_type} do not divide are stored otherwise, as llama.cpp does: "
                    + $"{string.Join("; ", others.Select(of => $"{of.Count()} tensors as {of.Key}, such as {of.First().Name}"))}.");
            }
        }

        // Told from the file itself: rows as short as an adapter's rank fill no block.
        private void WriteAdapterGguf()
        {
            adapter.SaveGguf(At(AdapterFile), loaded.Model, _type);
            using var written = GgufFile.Open(At(AdapterFile));
            int others = written.Tensors.Count(t => t.Type != _type);
            if (others > 0)
            {
                _notes.Add(
                    $"{others} of {written.Tensors.Count} tensors are stored as F32: blocks of {_type} do not divide their rows."
                    + (others == written.Tensors.Count ? $" Nothing is stored as {_type}; ask for F16 for a smaller file." : string.Empty));
            }
        }

        private void WriteMergedGguf()
        {
            IReadOnlyList<KeyValuePair<string, object>> tokenizer = ModelWriter.TokenizerKeys(work.ModelPath, loaded.Model.Config.VocabularySize);
            Merge(() => ModelWriter.WriteGguf(loaded.Model, At(ModelFile), _type, work.Adapter, tokenizer));
        }

        // The base is a GGUF file, whose keys become a folder's files.
        private void WriteTokenizer()
        {
            try
            {
                ModelWriter.WriteTokenizer(work.ModelPath, folder, loaded.Model.Config);
            }
            catch (VocabularyException fault)
            {
                _notes.Add($"The folder has no tokenizer files. {fault.Message}");
            }
        }

        private void WriteOllama(bool isMerged)
        {
            if (isMerged)
            {
                WriteMergedGguf();
                _notes.Add("The adapter has parts that Ollama's adapters lack (DoRA, or whole weights), so it is merged into the model.");
            }
            else
            {
                WriteAdapterGguf();
            }

            OllamaPrompt prompt = OllamaModelfile.PromptOf(loaded);
            _notes.AddRange(prompt.Notes);
            Modelfile file = OllamaModelfile.Of(
                loaded, prompt, isMerged ? $"./{ModelFile}" : work.ModelPath, isMerged ? [] : [$"./{AdapterFile}"], work.Request.System,
                [$"{work.Adapter} on {work.ModelName}", "ollama create NAME -f Modelfile"]);
            File.WriteAllText(At(Modelfile.FileName), file.ToString());
        }

        private int[][] Rows()
        {
            int most = loaded.Model.Config.ContextLength;
            return
            [
                .. Questions.Select(question => loaded.Chat is { } chat
                    ? chat.EncodePrompt([new ChatMessage("user", question)])
                    : loaded.Tokenizer.Encode(question, addSpecial: true)).Select(ids => ids.Length <= most ? ids : ids[..most]),
            ];
        }

        private (DecoderModel Model, LoraAdapter? Adapter) Reread(bool isMerged) => work.Request.Format switch
        {
            Peft => (loaded.Model, LoraAdapter.Load(folder, loaded.Model)),
            Safetensors => (ModelFolder.ReadDecoder(folder), null),
            _ when isMerged => (ReadGguf(), null),
            _ => (loaded.Model, LoraAdapter.LoadGguf(At(AdapterFile), loaded.Model)),
        };

        // With its tokenizer, as other programs read it; only the weights are wanted here.
        private DecoderModel ReadGguf() => ModelLoader.LoadDecoder(At(ModelFile)).Model;

        private void RefuseWhatCameOutOtherwise(ExportParity parity)
        {
            double most = _type switch
            {
                ElementType.F32 => SingleErrorMax,
                ElementType.F16 or ElementType.BF16 => HalfErrorMax,
                _ => double.MaxValue,
            };
            if (!(parity.ExportError <= most))
            {
                throw new ModelExportException(
                    $"Read again, the export gives other logits than the adapter: a squared error of {parity.ExportError:0.##e+0} where {most:0.##e+0} is allowed for {_type}. Nothing was published.");
            }
        }
    }
}
