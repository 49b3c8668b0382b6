using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Ratchet.Contracts;
using Ratchet.Contracts.OpenAI;
using Ratchet.Gateway.Proxy;

namespace Ratchet.Gateway.Pages.Training;

/// <summary>OpenAI's files and fine-tuning routes of the trainer, for the pages.</summary>
public sealed class JobsClient(IHttpClientFactory clients)
{
    private const string Jobs = "v1/fine_tuning/jobs";

    public Task<ListResponse<JobItem>> ListAsync(int limit, CancellationToken cancellation) =>
        GetAsync<ListResponse<JobItem>>($"{Jobs}?limit={limit}", cancellation);

    public Task<JobItem> GetAsync(string id, CancellationToken cancellation) =>
        GetAsync<JobItem>($"{Jobs}/{Uri.EscapeDataString(id)}", cancellation);

    public async Task<IReadOnlyList<JobItemEvent>> EventsAsync(string id, CancellationToken cancellation) =>
        (await GetAsync<ListResponse<JobItemEvent>>($"{Jobs}/{Uri.EscapeDataString(id)}/events?limit=1000", cancellation)).Data;

    public async Task<IReadOnlyList<JobItemCheckpoint>> CheckpointsAsync(string id, CancellationToken cancellation) =>
        (await GetAsync<ListResponse<JobItemCheckpoint>>($"{Jobs}/{Uri.EscapeDataString(id)}/checkpoints?limit=100", cancellation)).Data;

    public async Task<IReadOnlyList<FileItem>> FilesAsync(CancellationToken cancellation) =>
        (await GetAsync<ListResponse<FileItem>>("v1/files?purpose=fine-tune&limit=100", cancellation)).Data;

    /// <param name="content">The data file.</param>
    /// <param name="name">As its sender calls it.</param>
    /// <param name="datasetInfo">A dataset_info.json that says what the file's fields mean; null for a file that says it itself.</param>
    /// <param name="dataset">Which of its data sets is meant; null for the only one.</param>
    /// <param name="cancellation">Ends the upload.</param>
    public async Task<FileItem> UploadAsync(
        Stream content, string name, Stream? datasetInfo, string? dataset, CancellationToken cancellation)
    {
        using var file = new StreamContent(content);
        file.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        using var purpose = new StringContent("fine-tune");
        using var form = new MultipartFormDataContent { { purpose, "purpose" }, { file, "file", name } };
        using StreamContent? info = datasetInfo is null ? null : new StreamContent(datasetInfo);
        using StringContent? chosen = dataset is null ? null : new StringContent(dataset);
        if (info is not null)
        {
            form.Add(info, "dataset_info", "dataset_info.json");
        }

        if (chosen is not null)
        {
            form.Add(chosen, "dataset");
        }

        return await SendAsync<FileItem>(HttpMethod.Post, "v1/files", form, cancellation);
    }

    public async Task<JobItem> CreateAsync(JsonObject request, CancellationToken cancellation)
    {
        using var content = JsonContent.Create(request, options: WireJson.Options);
        return await SendAsync<JobItem>(HttpMethod.Post, Jobs, content, cancellation);
    }

    /// <summary>cancel, pause or resume.</summary>
    public Task<JobItem> CommandAsync(string id, string command, CancellationToken cancellation) =>
        SendAsync<JobItem>(HttpMethod.Post, $"{Jobs}/{Uri.EscapeDataString(id)}/{command}", null, cancellation);

    private Task<T> GetAsync<T>(string path, CancellationToken cancellation) => SendAsync<T>(HttpMethod.Get, path, null, cancellation);

    private async Task<T> SendAsync<T>(HttpMethod method, string path, HttpContent? content, CancellationToken cancellation)
    {
        HttpClient client = clients.CreateClient(Services.Trainer);
        using var request = new HttpRequestMessage(method, path) { Content = content };
        using HttpResponseMessage response = await client.SendAsync(request, cancellation);
        return response.IsSuccessStatusCode
            ? await response.Content.ReadFromJsonAsync<T>(WireJson.Options, cancellation) ?? throw ServiceErrors.Away(Services.Trainer)
            : throw await ServiceErrors.ReadAsync(response, Services.Trainer, cancellation);
    }
}
