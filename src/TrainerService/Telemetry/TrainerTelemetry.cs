using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Text.Json;
using Dapper;
using Ratchet.ServiceDefaults.Telemetry;
using Ratchet.TrainerService.Jobs;
using Ratchet.TrainerService.Registry;

namespace Ratchet.TrainerService.Telemetry;

/// <summary>
/// Metrics of jobs, cycles and aliases, read from what is on the disk when a collector asks: they are right after any restart.
/// </summary>
internal sealed class TrainerTelemetry
{
    public const string Name = "Ratchet.TrainerService";

    /// <summary>Spans of a cycle's steps.</summary>
    public static readonly ActivitySource Source = new(Name);

    private readonly TrainerDatabase _database;
    private readonly JobStore _jobs;

    public TrainerTelemetry(IMeterFactory meters, TrainerDatabase database, JobStore jobs, AliasStore aliases)
    {
        _database = database;
        _jobs = jobs;
        Meter meter = meters.MeterOf(Name);
        meter.CreateObservableGauge(
            "ratchet.cycles", () => Counts("cycles"), "{cycle}", "Cycles by status.");
        meter.CreateObservableGauge(
            "ratchet.jobs", () => Counts("jobs"), "{job}", "Fine-tuning jobs by status.");
        meter.CreateObservableGauge(
            "ratchet.adapter.generation",
            () => aliases.List().Select(alias => new Measurement<long>(
                alias.Version,
                new KeyValuePair<string, object?>("ratchet.alias", alias.Name),
                new KeyValuePair<string, object?>("ratchet.adapter", alias.Adapter))),
            "{generation}",
            "How often the alias has moved; the adapter it holds is a tag.");
        meter.CreateObservableGauge("ratchet.training.loss", () => Newest("train_loss"), "{nat}", "Loss of the newest step of each running job.");
        meter.CreateObservableGauge("ratchet.training.valid_loss", () => Newest("valid_loss"), "{nat}", "Loss on held-back samples.");
        meter.CreateObservableGauge(
            "ratchet.training.tokens_per_second", () => Newest("tokens_per_second"), "{token}/s", "Speed of each running job.");
        meter.CreateObservableGauge("ratchet.training.step", Steps, "{step}", "Step of each running job.");
    }

    private List<Measurement<long>> Counts(string table)
    {
        using var connection = _database.Open();
        string sql = table == "jobs"
            ? "SELECT status AS Status, count(*) AS Count FROM jobs GROUP BY status"
            : "SELECT status AS Status, count(*) AS Count FROM cycles GROUP BY status";
        return [.. connection.Query<(string Status, long Count)>(sql)
            .Select(row => new Measurement<long>(row.Count, new KeyValuePair<string, object?>("ratchet.status", row.Status)))];
    }

    private List<Measurement<double>> Newest(string field)
    {
        var values = new List<Measurement<double>>();
        foreach (JobRecord job in _jobs.WithStatus(JobStatuses.Running))
        {
            if (_jobs.NewestMetrics(job.Id) is { } data
                && data.TryGetProperty(field, out JsonElement value) && value.ValueKind == JsonValueKind.Number)
            {
                values.Add(new Measurement<double>(value.GetDouble(), new KeyValuePair<string, object?>("ratchet.job", job.Id)));
            }
        }

        return values;
    }

    private List<Measurement<long>> Steps() =>
        [.. _jobs.WithStatus(JobStatuses.Running)
            .Select(job => new Measurement<long>(job.LastStep, new KeyValuePair<string, object?>("ratchet.job", job.Id)))];
}
