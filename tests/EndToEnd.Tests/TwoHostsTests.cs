using System.Diagnostics;

namespace Ratchet.EndToEnd.Tests;

/// <summary>A data folder takes one host.</summary>
[Trait("Stack", "Both")]
public sealed class TwoHostsTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task A_second_host_on_a_data_folder_says_who_has_it_and_what_to_do_and_starts_nothing()
    {
        DirectoryInfo data = Directory.CreateTempSubdirectory("ratchet-two-hosts-");
        string folder = Path.Combine(data.FullName, "host");
        Directory.CreateDirectory(folder);
        await using (var held = new FileStream(Path.Combine(folder, ".lock"), FileMode.Create, FileAccess.ReadWrite, FileShare.None))
        {
            held.Write("4711"u8);
            held.Flush();

            var start = new ProcessStartInfo("dotnet") { RedirectStandardError = true, RedirectStandardOutput = true };
            foreach (string argument in (string[])["exec", HostProgram.Location, "--data", data.FullName])
            {
                start.ArgumentList.Add(argument);
            }

            using Process second = Process.Start(start)!;
            Task<string> said = second.StandardOutput.ReadToEndAsync();
            string refusal = await second.StandardError.ReadToEndAsync().WaitAsync(Patience);
            await second.WaitForExitAsync().WaitAsync(Patience);

            Assert.Equal(1, second.ExitCode);
            Assert.Contains(data.FullName, refusal, StringComparison.Ordinal);
            Assert.Contains("--data", refusal, StringComparison.Ordinal);
            Assert.DoesNotContain("Distributed application", await said, StringComparison.Ordinal);
        }

        data.Delete(recursive: true);
    }
}
