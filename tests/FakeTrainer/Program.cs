using Ratchet.FakeTrainer;

if (args is not ["train", var config, .. var rest])
{
    Console.Error.WriteLine("usage: train CONFIG [key=value ...]");
    return 2;
}

return new TrainingRun(TrainingArguments.Read(config, rest)).Run();
