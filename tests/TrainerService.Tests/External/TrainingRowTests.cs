using System.Text;
using Ratchet.TrainerService.Infrastructure.LlamaFactory;
using Ratchet.TrainerService.Infrastructure.Processes;

namespace Ratchet.TrainerService.Tests.External;

/// <summary>What trainers print and log, as it is and as it should not be.</summary>
public sealed class TrainingRowTests
{
    [Theory]
    [InlineData("{'loss': 1.4213, 'grad_norm': 0.8125, 'learning_rate': 9.5e-05, 'epoch': 0.25}")]
    [InlineData("{'loss': '1.4213', 'grad_norm': '0.8125', 'learning_rate': '9.5e-05', 'epoch': '0.25'}")]
    [InlineData(" 25%|██▌       | 5/20 [00:05<00:15,  1.00s/it]{'loss': 1.4213, 'grad_norm': 0.8125, 'learning_rate': 9.5e-05, 'epoch': 0.25}")]
    [InlineData("{\"loss\": 1.4213, \"grad_norm\": 0.8125, \"learning_rate\": 9.5e-05, \"epoch\": 0.25}")]
    public void A_printed_row_is_read_in_every_dress(string line)
    {
        TrainingRow row = TrainingRow.ReadPrinted(line)!;

        Assert.Equal((1.4213, 0.8125, 9.5e-05, 0.25), (row.Loss, row.GradientNorm, row.LearningRate, row.Epoch));
        Assert.Null(row.Step);
    }

    [Theory]
    [InlineData("""{"current_steps": 5, "total_steps": 20, "loss": 1.5, "lr": 1e-05, "epoch": 0.25, "percentage": 25.0, "elapsed_time": "0:00:05", "remaining_time": "0:00:15"}""")]
    [InlineData("""{"current_steps": 5, "total_steps": 20, "loss": 1.5, "eval_loss": null, "predict_loss": null, "learning_rate": 1e-05, "epoch": 0.25}""")]
    public void A_logged_row_knows_its_step(string line)
    {
        TrainingRow row = TrainingRow.ReadLogged(line)!;

        Assert.Equal((5, 1.5, 1e-05), (row.Step, row.Loss, row.LearningRate));
    }

    [Fact]
    public void A_loss_that_is_no_number_is_told_as_such()
    {
        Assert.True(double.IsNaN(TrainingRow.ReadPrinted("{'loss': nan, 'epoch': 0.1}")!.Loss!.Value));
        Assert.True(double.IsNaN(TrainingRow.ReadLogged("""{"current_steps": 3, "loss": NaN, "epoch": 0.1}""")!.Loss!.Value));
        Assert.Equal(double.PositiveInfinity, TrainingRow.ReadLogged("""{"current_steps": 3, "loss": Infinity}""")!.Loss);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{'loss': }")]
    [InlineData("{'loss': abc, 'epoch': 1}")]
    [InlineData("{'train_runtime': 12.3, 'train_loss': 1.2, 'epoch': 1.0}")]
    [InlineData("LlamaForCausalLM({'a': 1}")]
    public void What_is_no_row_is_none(string line) => Assert.Null(TrainingRow.ReadPrinted(line));

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[1,2]")]
    [InlineData("{\"current_steps\": ")]
    [InlineData("{\"current_steps\": 5, \"total_steps\": 20}")]
    public void What_is_no_log_is_none(string line) => Assert.Null(TrainingRow.ReadLogged(line));

    [Fact]
    public void Output_is_cut_into_lines_without_colours_bars_or_broken_letters()
    {
        byte[] bytes = [.. Encoding.UTF8.GetBytes("\u001b[1;32mgreen\u001b[0m\r\n 10%|█\r 20%|██\rvöllig\0 in Ordnung\n"), 0xFF, (byte)'x', (byte)'\n'];
        var lines = new OutputLines();

        // A letter of two bytes falls apart where it likes.
        string[] cut = [.. bytes.Chunk(7).SelectMany(part => lines.Add(part)), .. lines.Add([], isLast: true)];

        Assert.Equal(["green", "10%|█", "20%|██", "völlig in Ordnung", "\uFFFDx"], cut);
    }

    [Fact]
    public void A_line_without_end_takes_no_more_than_its_room()
    {
        var lines = new OutputLines();
        byte[] part = new byte[100_000];
        Array.Fill(part, (byte)'a');
        for (int i = 0; i < 50; i++)
        {
            Assert.Empty(lines.Add(part));
        }

        Assert.Equal(OutputLines.LengthMax, Assert.Single(lines.Add([], isLast: true)).Length);
    }
}
