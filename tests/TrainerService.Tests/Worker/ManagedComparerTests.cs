using Ratchet.ServiceDefaults.Storage;
using Ratchet.TrainerService.Infrastructure.Managed;

namespace Ratchet.TrainerService.Tests.Worker;

/// <summary>BERTScore with the bundled encoder (F90).</summary>
public sealed class ManagedComparerTests
{
    [Fact]
    public void What_means_the_same_is_nearer_than_what_does_not()
    {
        using var comparer = new ManagedComparer(Path.Combine(SolutionFolder.Find(), "models", "all-minilm-l6-v2.q8_0.gguf"));
        const string Wanted = "The mill opens at nine.";

        double same = comparer.Compare(Wanted, Wanted);
        double near = comparer.Compare("The mill is open from nine o'clock.", Wanted);
        double far = comparer.Compare("Bananas grow on plantations.", Wanted);

        Assert.Equal(1, same, 1e-4);
        Assert.True(same > near && near > far, $"{same}, {near}, {far}");
        Assert.Equal(0, comparer.Compare("", Wanted));
    }
}
