using Ratchet.Contracts.Rag;
using Ratchet.ServiceDefaults.Errors;

namespace Ratchet.RagService.Examples;

/// <summary>Checks examples as they were sent; tells every fault at once.</summary>
internal static class ExampleChecks
{
    private const int FaultsShown = 100;

    /// <exception cref="ApiException">At least one example is not usable; none is taken.</exception>
    public static IReadOnlyList<NewExample> Read(
        IReadOnlyList<ExampleInput?>? inputs, string source, string? reviewer, RagOptions options)
    {
        if (inputs is null || inputs.Count == 0)
        {
            throw ApiException.BadField(
                "examples", "There are no examples in the request. Send {\"examples\":[{\"question\":…,\"answer\":…}]}.");
        }

        if (inputs.Count > options.ExamplesPerRequestMax)
        {
            throw ApiException.BadField(
                "examples",
                $"The request holds {inputs.Count:N0} examples; at most {options.ExamplesPerRequestMax:N0} are taken at once. "
                + "Send them in parts.");
        }

        var faults = new List<ExampleFault>();
        var examples = new List<NewExample>(inputs.Count);
        for (int i = 0; i < inputs.Count; i++)
        {
            try
            {
                examples.Add(Read(inputs[i], source, reviewer, options));
            }
            catch (ApiException fault)
            {
                faults.Add(new ExampleFault(i, fault.Param, fault.Message));
            }
        }

        if (faults.Count > 0)
        {
            throw new ApiException(
                400,
                "invalid_examples",
                $"{faults.Count} of {inputs.Count} examples are not usable, so none was taken. The first: example "
                + $"{faults[0].Index}: {faults[0].Message}",
                $"examples[{faults[0].Index}].{faults[0].Param}")
            {
                Details = new { Errors = faults.Take(FaultsShown) },
            };
        }

        return examples;
    }

    private static NewExample Read(ExampleInput? input, string source, string? reviewer, RagOptions options) =>
        input is null
            ? throw ApiException.BadField("question", "The example is null.")
            : new NewExample(
                Names.Collection(input.Collection, options),
                Text(input.Question, "question", options),
                Text(input.Answer, "answer", options),
                source,
                input.State is null ? ExampleStates.Proposed : Names.OneOf("state", input.State, ExampleStates.All))
            {
                DocumentKey = string.IsNullOrWhiteSpace(input.DocumentKey) ? null : Names.Key(input.DocumentKey),
                ChunkId = input.ChunkId,
                Group = string.IsNullOrWhiteSpace(input.Group) ? null : input.Group,
                ParaphraseOf = input.ParaphraseOf,
                Pin = Names.Split(input.Split),
                IsCounted = input.Counted ?? true,
                ReviewedBy = input.ReviewedBy ?? reviewer,
            };

    public static string Text(string? given, string param, RagOptions options)
    {
        string text = given?.Trim() ?? "";
        return text.Length == 0
            ? throw ApiException.BadField(param, $"The {param} is empty. Write one, or leave the example out.")
            : text.Length > options.ExampleCharactersMax
                ? throw ApiException.BadField(
                    param,
                    $"The {param} has {text.Length:N0} characters; at most {options.ExampleCharactersMax:N0} are taken.")
                : text;
    }
}

/// <summary>One example that cannot be taken.</summary>
/// <param name="Index">Its place in the request, from 0.</param>
internal sealed record ExampleFault(int Index, string? Param, string Message);
