using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Ratchet.Contracts;

namespace Ratchet.EndToEnd.Tests;

/// <summary>Files and fine-tuning jobs over OpenAI's routes, as raw JSON.</summary>
public sealed class Jobs(HttpClient http)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);
    private static readonly string[] Ended = ["succeeded", "failed", "cancelled"];

    public async Task<string> UploadAsync(string lines)
    {
        using var form = new MultipartFormDataContent();
        using var purpose = new StringContent("fine-tune");
        using var file = new ByteArrayContent(Encoding.UTF8.GetBytes(lines));
        form.Add(purpose, "purpose");
        form.Add(file, "file", "train.jsonl");
        using HttpResponseMessage response = await http.PostAsync(new Uri("v1/files", UriKind.Relative), form);
        return (await ReadAsync(response)).GetProperty("id").GetString()!;
    }

    public async Task<string> StartAsync(string file, int seed, int steps)
    {
        using HttpResponseMessage response = await http.PostAsJsonAsync(
            "v1/fine_tuning/jobs",
            new
            {
                model = "smollm2-135m-instruct",
                training_file = file,
                seed,
                suffix = "end-to-end",
                x_ratchet = new { rank = 4, max_steps = steps, batch_size = 2, gradient_accumulation = 1, replay_share = 0.0 },
            },
            WireJson.Options);
        return (await ReadAsync(response)).GetProperty("id").GetString()!;
    }

    public async Task<JsonElement> GetAsync(string job)
    {
        using HttpResponseMessage response = await http.GetAsync(new Uri($"v1/fine_tuning/jobs/{job}", UriKind.Relative));
        return await ReadAsync(response);
    }

    /// <summary>Waits for the end, which must be a success.</summary>
    public async Task<JsonElement> FinishAsync(string job)
    {
        JsonElement state = await UntilAsync(job, state => Ended.Contains(state.GetProperty("status").GetString()));
        Assert.True(state.GetProperty("status").GetString() == "succeeded", state.ToString());
        return state;
    }

    /// <summary>Waits until so many steps are done.</summary>
    public Task<JsonElement> ReachAsync(string job, int step) => UntilAsync(
        job,
        state => state.GetProperty("x_ratchet").GetProperty("step").GetInt32() >= step
            || Ended.Contains(state.GetProperty("status").GetString()));

    /// <summary>Loss by step, as the job's result file has it, digit for digit.</summary>
    public async Task<SortedDictionary<int, string>> LossesAsync(JsonElement job)
    {
        string file = job.GetProperty("result_files")[0].GetString()!;
        string table = await http.GetStringAsync(new Uri($"v1/files/{file}/content", UriKind.Relative));
        var losses = new SortedDictionary<int, string>();
        foreach (string row in table.Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1))
        {
            string[] cells = row.Split(',');
            losses[int.Parse(cells[0], CultureInfo.InvariantCulture)] = cells[1];
        }

        return losses;
    }

    private async Task<JsonElement> UntilAsync(string job, Func<JsonElement, bool> isReached)
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                JsonElement state = await GetAsync(job);
                if (isReached(state))
                {
                    return state;
                }
            }
            catch (HttpRequestException) when (watch.Elapsed < Patience)
            {
                // A service that has been killed comes back.
            }

            Assert.True(watch.Elapsed < Patience, $"Job {job} was not where it should be within {Patience}.");
            await Task.Delay(200);
        }
    }

    private static async Task<JsonElement> ReadAsync(HttpResponseMessage response)
    {
        string body = await response.Content.ReadAsStringAsync();
        return response.IsSuccessStatusCode
            ? JsonElement.Parse(body)
            : throw new HttpRequestException($"{(int)response.StatusCode}: {body}", null, response.StatusCode);
    }
}
