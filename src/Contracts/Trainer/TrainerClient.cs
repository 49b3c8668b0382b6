using System.Net.Http.Json;
using System.Text.Json;
using Ratchet.Contracts.OpenAI;

namespace Ratchet.Contracts.Trainer;

/// <summary>The trainer's own routes: adapters, aliases, evaluations, cycles.</summary>
/// <remarks>Files and fine-tuning jobs are OpenAI's routes; any OpenAI client drives those.</remarks>
public sealed class TrainerClient(HttpClient http)
{
    public Task<ListResponse<AdapterRecord>> ListAdaptersAsync(CancellationToken cancellation = default) =>
        GetAsync<ListResponse<AdapterRecord>>("v1/adapters?limit=1000", cancellation);

    public Task<AdapterRecord> GetAdapterAsync(string id, CancellationToken cancellation = default) =>
        GetAsync<AdapterRecord>($"v1/adapters/{Uri.EscapeDataString(id)}", cancellation);

    public Task<EvaluationReport> GetEvaluationAsync(string id, CancellationToken cancellation = default) =>
        GetAsync<EvaluationReport>($"v1/adapters/{Uri.EscapeDataString(id)}/evaluation", cancellation);

    /// <summary>Begins to make an adapter into files for other programs; <see cref="GetExportAsync"/> tells when they are there.</summary>
    public Task<AdapterExport> ExportAsync(string id, ExportRequest request, CancellationToken cancellation = default) =>
        SendAsync<AdapterExport>(HttpMethod.Post, $"v1/adapters/{Uri.EscapeDataString(id)}/exports", request, cancellation);

    public Task<AdapterExport> GetExportAsync(string id, string export, CancellationToken cancellation = default) =>
        GetAsync<AdapterExport>($"v1/adapters/{Uri.EscapeDataString(id)}/exports/{Uri.EscapeDataString(export)}", cancellation);

    public Task<ListResponse<AdapterExport>> ListExportsAsync(string id, CancellationToken cancellation = default) =>
        GetAsync<ListResponse<AdapterExport>>($"v1/adapters/{Uri.EscapeDataString(id)}/exports", cancellation);

    public Task<ListResponse<AliasRecord>> ListAliasesAsync(CancellationToken cancellation = default) =>
        GetAsync<ListResponse<AliasRecord>>("v1/aliases", cancellation);

    public Task<AliasRecord> GetAliasAsync(string name, CancellationToken cancellation = default) =>
        GetAsync<AliasRecord>($"v1/aliases/{Uri.EscapeDataString(name)}", cancellation);

    /// <summary>Moves an alias; another mover in between makes it fail with 409 and <c>alias_moved</c>.</summary>
    public Task<AliasRecord> MoveAliasAsync(string name, MoveAliasRequest request, CancellationToken cancellation = default) =>
        SendAsync<AliasRecord>(HttpMethod.Put, $"v1/aliases/{Uri.EscapeDataString(name)}", request, cancellation);

    public Task<AliasRecord> RollbackAliasAsync(
        string name, RollbackAliasRequest request, CancellationToken cancellation = default) =>
        SendAsync<AliasRecord>(HttpMethod.Post, $"v1/aliases/{Uri.EscapeDataString(name)}/rollback", request, cancellation);

    public Task<CycleRecord> StartCycleAsync(StartCycleRequest request, CancellationToken cancellation = default) =>
        SendAsync<CycleRecord>(HttpMethod.Post, "v1/cycles", request, cancellation);

    public Task<ListResponse<CycleRecord>> ListCyclesAsync(CancellationToken cancellation = default) =>
        GetAsync<ListResponse<CycleRecord>>("v1/cycles", cancellation);

    public Task<CycleRecord> GetCycleAsync(string id, CancellationToken cancellation = default) =>
        GetAsync<CycleRecord>($"v1/cycles/{Uri.EscapeDataString(id)}", cancellation);

    public Task<CycleRecord> PauseCycleAsync(string id, CancellationToken cancellation = default) =>
        SendAsync<CycleRecord>(HttpMethod.Post, $"v1/cycles/{Uri.EscapeDataString(id)}/pause", null, cancellation);

    public Task<CycleRecord> ResumeCycleAsync(string id, CancellationToken cancellation = default) =>
        SendAsync<CycleRecord>(HttpMethod.Post, $"v1/cycles/{Uri.EscapeDataString(id)}/resume", null, cancellation);

    public Task<CycleRecord> CancelCycleAsync(string id, CancellationToken cancellation = default) =>
        SendAsync<CycleRecord>(HttpMethod.Post, $"v1/cycles/{Uri.EscapeDataString(id)}/cancel", null, cancellation);

    private Task<T> GetAsync<T>(string path, CancellationToken cancellation) =>
        SendAsync<T>(HttpMethod.Get, path, null, cancellation);

    private async Task<T> SendAsync<T>(HttpMethod method, string path, object? body, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            request.Content = JsonContent.Create(body, body.GetType(), options: WireJson.Options);
        }

        using HttpResponseMessage response = await http.SendAsync(request, cancellation);
        if (!response.IsSuccessStatusCode)
        {
            throw await ErrorAsync(response, cancellation);
        }

        return await response.Content.ReadFromJsonAsync<T>(WireJson.Options, cancellation)
            ?? throw new TrainerException(response.StatusCode, null, $"{method} {path} answered with an empty body.");
    }

    private static async Task<TrainerException> ErrorAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        string text = await response.Content.ReadAsStringAsync(cancellation);
        try
        {
            JsonElement error = JsonElement.Parse(text).GetProperty("error");
            return new TrainerException(
                response.StatusCode,
                error.TryGetProperty("code", out JsonElement code) ? code.GetString() : null,
                error.GetProperty("message").GetString() ?? text);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return new TrainerException(response.StatusCode, null, $"The trainer answered {(int)response.StatusCode}: {text}");
        }
    }
}
