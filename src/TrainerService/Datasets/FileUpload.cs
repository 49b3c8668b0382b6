using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using Ratchet.ServiceDefaults.Errors;
using Ratchet.ServiceDefaults.Storage;
using Ratchet.TrainerService.Ports;

namespace Ratchet.TrainerService.Datasets;

/// <summary>POST /v1/files: streams the file to the disk, checks all of it, and only then acknowledges it (F160).</summary>
public sealed class FileUpload(
    FileStore store, IDatasetReader reader, IDatasetInfoReader infos, IOptions<TrainerOptions> options, TimeProvider clock)
{
    /// <summary>As OpenAI wants them.</summary>
    public const int ExamplesMin = 10;

    private const int FieldBytesMax = 4096;
    private const int ErrorsInMessage = 3;
    private const int InfoBytesMax = 1 << 20;
    private const int FilesMax = 32;
    private const long FormBytes = 1 << 20;

    public async Task<FileRecord> ReceiveAsync(HttpContext context, CancellationToken cancellation)
    {
        long bytesMax = options.Value.FileBytesMax;
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = bytesMax + FormBytes;
        }

        if (context.Request.ContentLength > bytesMax + FormBytes)
        {
            throw TooLarge(bytesMax);
        }

        string? boundary = MediaTypeHeaderValue.TryParse(context.Request.ContentType, out MediaTypeHeaderValue? type)
            && type.MediaType == "multipart/form-data"
                ? HeaderUtilities.RemoveQuotes(type.Boundary).Value
                : null;
        if (string.IsNullOrEmpty(boundary))
        {
            throw new ApiException(
                400, "invalid_content_type",
                $"The body is '{context.Request.ContentType ?? "without a content type"}'; multipart/form-data with the parts "
                + "'purpose' and 'file' is needed.");
        }

        string id = $"file-{Guid.CreateVersion7(clock.GetUtcNow()):N}";
        var files = new List<(string Name, string Path)>();
        try
        {
            var fields = new Dictionary<string, string>();
            byte[]? info = null;
            long left = bytesMax;
            var multipart = new MultipartReader(boundary, context.Request.Body);
            while (await multipart.ReadNextSectionAsync(cancellation) is { } section)
            {
                if (section.AsFileSection() is { FileName: { } name } file)
                {
                    if (file.Name == "dataset_info" && info is null)
                    {
                        info = await ReadPartAsync(section.Body, file.Name, InfoBytesMax, cancellation);
                    }
                    else if (file.Name == "file" && files.Count < FilesMax)
                    {
                        string path = await WriteAsync($"{id}.{files.Count}", section.Body, left, cancellation);
                        files.Add((Path.GetFileName(name), path));
                        left -= new FileInfo(path).Length;
                    }
                }
                else if (section.AsFormDataSection() is { } field)
                {
                    fields[field.Name] = Encoding.UTF8.GetString(await ReadPartAsync(section.Body, field.Name, FieldBytesMax, cancellation));
                }
            }

            (string? filename, string? temporary) = info is not null ? Rows(info, files, fields.GetValueOrDefault("dataset"), id)
                : files.Count > 0 ? files[0] : (null, null);
            return Accept(id, filename, temporary, fields);
        }
        finally
        {
            foreach ((_, string path) in files)
            {
                File.Delete(path);
            }
        }
    }

    // What a dataset_info.json says of a file is said by the file itself from now on: it is read again for every job.
    private (string Filename, string Path) Rows(byte[] info, List<(string Name, string Path)> files, string? wanted, string id)
    {
        NamedDataset dataset;
        try
        {
            dataset = infos.Choose(info, string.IsNullOrWhiteSpace(wanted) ? null : wanted.Trim());
        }
        catch (FormatException fault)
        {
            throw new ApiException(400, "invalid_dataset_info", fault.Message, "dataset_info");
        }

        string data = files.FirstOrDefault(file => file.Name == dataset.FileName).Path ?? throw ApiException.BadField(
            "file",
            $"The data set '{dataset.Name}' is in '{dataset.FileName}', which was not sent. {(files.Count == 0 ? "No file was" : $"Sent were {string.Join(", ", files.Select(file => $"'{file.Name}'"))}")}. "
            + "Send it in a part 'file' with that name.");
        string target = store.PathOf($"{id}.rows.tmp");
        files.Add((dataset.FileName, target));
        IReadOnlyList<DatasetFault> faults = infos.Convert(dataset, data, target);
        return faults.Count == 0 ? (Path.GetFileName($"{dataset.Name}.jsonl"), target) : throw Unusable(dataset.FileName, new DatasetInspection(0, faults, default));
    }

    private FileRecord Accept(string id, string? filename, string? temporary, Dictionary<string, string> fields)
    {
        string purpose = fields.GetValueOrDefault("purpose") ?? throw ApiException.BadField(
            "purpose", "The part 'purpose' is missing; send 'fine-tune'.");
        if (purpose != FileStore.TrainingPurpose)
        {
            throw ApiException.BadField(
                "purpose", $"'{purpose}' is not one of ['fine-tune'] - 'purpose'. Files for training are all this service keeps.");
        }

        if (filename is null || temporary is null)
        {
            throw ApiException.BadField("file", "The part 'file' is missing; send the file with its name.");
        }

        long length = new FileInfo(temporary).Length;
        DatasetInspection inspection = length == 0
            ? new DatasetInspection(0, [new DatasetFault(1, 1, "empty_file", "The file is empty.")], default)
            : reader.Inspect(temporary, filename);
        if (inspection.Errors.Count > 0)
        {
            throw Unusable(filename, inspection);
        }

        if (inspection.ExampleCount < ExamplesMin)
        {
            throw Unusable(filename, inspection with
            {
                Errors =
                [
                    new DatasetFault(
                        1, 1, "invalid_n_examples",
                        $"Training file has {inspection.ExampleCount} example(s), but must have at least {ExamplesMin} examples"),
                ],
            });
        }

        return store.Add(
            new FileRecord
            {
                Id = id,
                CreatedAt = clock.GetUtcNow().ToUnixTimeSeconds(),
                Filename = filename,
                Purpose = purpose,
                Bytes = length,
                Sha256 = Hash(temporary),
                ExampleCount = inspection.ExampleCount,
                IsPreference = inspection.IsPreference,
                Report = inspection.Report,
                ExpiresAt = Expiry(fields),
            },
            temporary);
    }

    private long? Expiry(Dictionary<string, string> fields)
    {
        if (!fields.TryGetValue("expires_after[seconds]", out string? text))
        {
            return null;
        }

        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long seconds)
            && seconds is >= 3600 and <= 2592000
                ? clock.GetUtcNow().ToUnixTimeSeconds() + seconds
                : throw ApiException.BadField(
                    "expires_after[seconds]", $"'{text}' was found; a whole number from 3600 to 2592000 is needed.");
    }

    private async Task<string> WriteAsync(string id, Stream body, long bytesMax, CancellationToken cancellation)
    {
        try
        {
            return await AtomicFile.WriteTemporaryAsync(store.PathOf(id), body, bytesMax, cancellation);
        }
        catch (InvalidDataException)
        {
            throw TooLarge(bytesMax);
        }
    }

    private static async Task<byte[]> ReadPartAsync(Stream body, string name, int bytesMax, CancellationToken cancellation)
    {
        byte[] buffer = new byte[bytesMax + 1];
        int length = await body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellation);
        return length <= bytesMax
            ? buffer[..length]
            : throw ApiException.BadField(name, $"The part '{name}' is longer than {bytesMax} bytes.");
    }

    private static ApiException TooLarge(long bytesMax) => new(
        413, "file_too_large", $"The file is larger than {bytesMax:N0} bytes. Split it, or raise Trainer:FileBytesMax.", "file");

    private static ApiException Unusable(string filename, DatasetInspection inspection)
    {
        IReadOnlyList<DatasetFault> errors = inspection.Errors;
        string first = string.Join(" ", errors.Take(ErrorsInMessage).Select(
            e => $"Line {e.Line}, column {e.Column}: {e.Message}"));
        string rest = errors.Count > ErrorsInMessage ? $" And {errors.Count - ErrorsInMessage} more in x_ratchet.errors." : "";
        return new ApiException(400, errors[0].Code, $"'{filename}' cannot be trained on. {first}{rest}", "file")
        {
            Details = new
            {
                Errors = errors,
                Report = inspection.Report.ValueKind == System.Text.Json.JsonValueKind.Undefined
                    ? (object?)null : inspection.Report,
            },
        };
    }

    private static string Hash(string path)
    {
        using FileStream stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
