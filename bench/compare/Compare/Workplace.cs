using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Ratchet.Compare;

/// <summary>Where the programs of both sides are, and how they are started: same environment, same priority, two threads.</summary>
internal sealed class Workplace(string root, string peers)
{
    public const int ThreadCount = 2;
    public const string DecoderFile = "smollm2-135m-instruct.q4_1.gguf";
    public const string EncoderFile = "all-minilm-l6-v2.q8_0.gguf";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(15);

    /// <summary>Whether one short round is enough.</summary>
    public bool IsQuick { get; init; }

    /// <summary>What stands before every command that is measured.</summary>
    public IReadOnlyList<string> Launcher { get; init; } = [];

    public string Root => root;

    public string Peers => peers;

    public string Models => Path.Combine(root, "models");

    public string Decoder => Path.Combine(Models, DecoderFile);

    public string Encoder => Path.Combine(Models, EncoderFile);

    /// <summary>A program of the engine's side.</summary>
    public static string ProgramOf(string project) => Path.GetFullPath(
        Path.Combine(AppContext.BaseDirectory, "..", "..", project, "release", $"Ratchet.{project}"));

    public static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Aspire.sln")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException($"No folder above {AppContext.BaseDirectory} holds Aspire.sln; run this from the repository.");
    }

    /// <summary>A program of llama.cpp's.</summary>
    /// <param name="build">"build", or "build-amx".</param>
    /// <param name="name">llama-bench or another.</param>
    public string Llama(string build, string name) => Path.Combine(peers, "llama.cpp", build, "bin", name);

    /// <summary>Runs a measurement of the engine's side.</summary>
    public string RunOurs(params string[] words)
        => Run(ProgramOf("Ours"), [Models, .. words], isMeasured: true);

    public Measured Ours(params string[] words)
        => Measured.Parse(RunOurs([.. words, "--seconds", Seconds, "--threads", ThreadCount.ToString(CultureInfo.InvariantCulture)]));

    public string Seconds => IsQuick ? "1" : "4";

    /// <summary>Runs a Python script of bench/compare/theirs with Debian's packages as they lie in the peers' folder.</summary>
    public string RunPython(string script, params string[] words)
        => Run("/usr/bin/python3", [Path.Combine(root, "bench", "compare", "theirs", script), .. words], isMeasured: true, PythonPaths());

    public string Run(string program, IReadOnlyList<string> words, bool isMeasured, IReadOnlyDictionary<string, string>? variables = null)
    {
        using Process process = Start(program, words, isMeasured, variables);
        Task<string> errors = process.StandardError.ReadToEndAsync();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        if (!process.WaitForExit(Patience))
        {
            process.Kill(entireProcessTree: true);
            throw new PeerException($"{program} took longer than {Patience.TotalMinutes} minutes and was stopped.");
        }

        // What went wrong, without the frames of a stack and without this machine's folders.
        string[] lines = errors.GetAwaiter().GetResult().Replace(root, ".", StringComparison.Ordinal).Replace(peers, "peers", StringComparison.Ordinal)
            .Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string tail = string.Join(' ', lines.Where(line => !line.StartsWith("   at ", StringComparison.Ordinal)).Select(line => line.Trim()));
        return process.ExitCode == 0
            ? output.GetAwaiter().GetResult()
            : throw new PeerException($"{Path.GetFileName(program)} ended with exit code {process.ExitCode}: {tail[^Math.Min(tail.Length, 300)..]}");
    }

    /// <summary>Seconds from the start of a measurement of ours to the first line that it prints.</summary>
    public double TimeToFirstLine(params string[] words)
    {
        long start = Stopwatch.GetTimestamp();
        using Process process = Start(ProgramOf("Ours"), [Models, .. words], isMeasured: true, null);
        bool hasLine = process.StandardOutput.ReadLine() is not null;
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        process.WaitForExit();
        return hasLine ? seconds : throw new PeerException($"{ProgramOf("Ours")} printed nothing.");
    }

    private Process Start(string program, IReadOnlyList<string> words, bool isMeasured, IReadOnlyDictionary<string, string>? variables)
    {
        string[] command = [.. isMeasured ? Launcher : [], program, .. words];
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = root,
        };

        // Of whoever tuned this machine for one library: a peer runs as it comes.
        start.Environment.Remove("OPENBLAS_CORETYPE");
        start.Environment.Remove("OPENBLAS_L2_SIZE");
        start.Environment["OMP_NUM_THREADS"] = ThreadCount.ToString(CultureInfo.InvariantCulture);
        foreach ((string name, string value) in variables ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        Process process = Process.Start(start) ?? throw new PeerException($"{program} cannot be started.");
        process.StandardInput.Close();
        return process;
    }

    /// <summary>What was measured against, for the table's head.</summary>
    public IReadOnlyDictionary<string, string> Versions()
    {
        var versions = new Dictionary<string, string> { [".NET"] = Environment.Version.ToString() };
        string info = Path.Combine(peers, "package", "llama", "llama.cpp.info.json");
        if (File.Exists(info))
        {
            using var document = JsonDocument.Parse(File.ReadAllText(info));
            versions["llama.cpp"] = document.RootElement.GetProperty("tag").GetString() ?? "";
        }

        try
        {
            using var document = JsonDocument.Parse(RunPython("versions.py"));
            foreach (JsonProperty version in document.RootElement.EnumerateObject())
            {
                versions[version.Name] = version.Value.GetString() ?? "";
            }
        }
        catch (Exception failure) when (failure is PeerException or System.ComponentModel.Win32Exception or JsonException)
        {
            versions["torch, faiss"] = "not there";
        }

        return versions;
    }

    private Dictionary<string, string> PythonPaths()
    {
        string debian = Path.Combine(peers, "debian", "root");
        string[] libraries =
        [
            "usr/lib/x86_64-linux-gnu/openblas-pthread", "usr/lib/x86_64-linux-gnu", "usr/lib", "lib/x86_64-linux-gnu",
            "usr/lib/aarch64-linux-gnu/openblas-pthread", "usr/lib/aarch64-linux-gnu", "lib/aarch64-linux-gnu",
        ];
        return new Dictionary<string, string>
        {
            ["LD_LIBRARY_PATH"] = string.Join(':', libraries.Select(folder => Path.Combine(debian, folder))),
            ["PYTHONPATH"] = Path.Combine(debian, "usr/lib/python3/dist-packages"),
        };
    }
}

/// <summary>A program of the other side is not there or does not run.</summary>
internal sealed class PeerException(string message) : Exception(message);
