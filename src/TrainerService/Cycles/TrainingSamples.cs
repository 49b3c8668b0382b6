using System.Security.Cryptography;
using System.Text;
using Ratchet.Contracts;
using Ratchet.TrainerService.Ports;

namespace Ratchet.TrainerService.Cycles;

/// <summary>Turns examples with their contexts into training samples in RAFT shape (F120).</summary>
/// <remarks>
/// Most examples are shown with what retrieval found for them and the right passage among it; a share sees distractors only,
/// with the answer that it is not known; a share sees no passages. Which share an example falls into follows from the hash of
/// its id and the seed. Zhang et al. 2024, https://arxiv.org/abs/2403.10131.
/// </remarks>
public static class TrainingSamples
{
    public static TrainingConversation Make(TrainingContext context, int seed, int passageCount, CycleOptions options)
    {
        double place = Place(context.Row.ExampleId, seed);
        FoundPassage[] distractors = [.. context.Hits.Where(p => !p.IsSource)];
        bool canDistract = context.Row.DocumentKey is not null && distractors.Length > 0;
        if (place < options.DistractorShare && canDistract)
        {
            return Conversation(
                context.Row.Question, distractors.Take(passageCount).Select(p => p.Chunk), GroundedPrompt.NotKnown);
        }

        return place < options.DistractorShare + options.PlainShare
            ? Conversation(context.Row.Question, [], context.Row.Answer)
            : Conversation(context.Row.Question, Grounded(context, passageCount), context.Row.Answer);
    }

    // As retrieval has them in use; where it missed the right passage, that one takes the last place.
    private static IEnumerable<PromptChunk> Grounded(TrainingContext context, int passageCount)
    {
        List<FoundPassage> shown = [.. context.Hits.Take(passageCount)];
        if (context.Source is { } source && shown.All(p => p.Id != source.Id))
        {
            if (shown.Count == passageCount)
            {
                shown.RemoveAt(shown.Count - 1);
            }

            shown.Add(source);
        }

        return shown.Select(p => p.Chunk);
    }

    private static TrainingConversation Conversation(string question, IEnumerable<PromptChunk> chunks, string answer) => new(
    [
        .. GroundedPrompt.Build(question, [], [.. chunks]).Select(m => new TrainingMessage(m.Role, m.Content)),
        new TrainingMessage("assistant", answer),
    ]);

    // A place in [0, 1) that an example keeps for a seed.
    private static double Place(string exampleId, int seed) =>
        BitConverter.ToUInt32(SHA256.HashData(Encoding.UTF8.GetBytes($"{seed} {exampleId}")), 0) / 4294967296.0;
}
