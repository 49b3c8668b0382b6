using Ratchet.Web.Components.Text;

namespace Ratchet.Gateway.Pages.Training;

/// <summary>Texts of the training pages.</summary>
public static class TrainingStrings
{
    public static readonly Phrase NewJob = new("New job", "新任务");
    public static readonly Phrase EmptyText = new("No adapter has been trained yet. A cycle starts a job by itself, or start one from a file.", "尚未训练适配器。循环会自动启动任务，也可从文件启动。");
    public static readonly Phrase Job = new("Job", "任务");
    public static readonly Phrase Jobs = new("Jobs", "任务");
    public static readonly Phrase Result = new("Adapter", "适配器");
    public static readonly Phrase Steps = new("Steps", "步数");
    public static readonly Phrase Duration = new("Took", "用时");
    public static readonly Phrase Validating = new("checking the file", "检查文件");
    public static readonly Phrase Queued = new("waiting", "排队中");
    public static readonly Phrase Running = new("running", "运行中");
    public static readonly Phrase Paused = new("paused", "已暂停");
    public static readonly Phrase Succeeded = new("succeeded", "成功");
    public static readonly Phrase FailedState = new("failed", "失败");
    public static readonly Phrase Cancelled = new("cancelled", "已取消");

    public static readonly Phrase Loss = new("Loss", "损失");
    public static readonly Phrase TrainLoss = new("training loss", "训练损失");
    public static readonly Phrase ValidLoss = new("evaluation loss", "评估损失");
    public static readonly Phrase ChartTitle = new("Loss by step", "各步损失");
    public static readonly Phrase NoSteps = new("No step has been taken yet.", "尚未开始训练步。");
    public static readonly Phrase StepOf = new("Step {0} of {1}", "第 {0} / {1} 步");
    public static readonly Phrase LearningRate = new("Learning rate", "学习率");
    public static readonly Phrase GradientNorm = new("Gradient norm", "梯度范数");
    public static readonly Phrase TokensPerSecond = new("Tokens per second", "每秒词元");
    public static readonly Phrase SeenTokens = new("Tokens seen", "已训练词元");
    public static readonly Phrase Remaining = new("Time left", "剩余时间");
    public static readonly Phrase Verdict = new("Verdict", "判断");
    public static readonly Phrase Starting = new("Too few steps for a judgement.", "步数太少，无法判断。");
    public static readonly Phrase Falling = new("The loss falls steadily: good. Let it run.", "损失稳定下降：很好，继续运行。");
    public static readonly Phrase Flat = new(
        "The loss no longer falls: more steps gain little. If it is still high, raise the learning rate or the rank.",
        "损失不再下降：继续训练收益很小。若仍偏高，可提高学习率或秩。");
    public static readonly Phrase Noisy = new(
        "The loss swings from step to step: a larger batch or a lower learning rate makes it steadier.",
        "损失逐步波动：增大批量或降低学习率可使其平稳。");
    public static readonly Phrase Rising = new(
        "The loss rises: lower the learning rate, or stop and look at the data that came last.",
        "损失上升：请降低学习率，或停止并检查最近的数据。");
    public static readonly Phrase Diverged = new(
        "The loss has run away: stop, divide the learning rate by ten and check the data for faults.",
        "损失发散：请停止，将学习率降为十分之一，并检查数据错误。");

    public static readonly Phrase Cancel = new("Cancel the job …", "取消任务…");
    public static readonly Phrase CancelExplained = new("The job ends now; what it has learned so far is kept in its checkpoints, but no adapter comes of it.", "任务将立即结束；已学内容保留在检查点中，但不会生成适配器。");
    public static readonly Phrase CancelYes = new("Cancel the job", "取消任务");
    public static readonly Phrase Pause = new("Pause", "暂停");
    public static readonly Phrase Resume = new("Resume", "恢复");
    public static readonly Phrase Checkpoints = new("Checkpoints", "检查点");
    public static readonly Phrase NoCheckpoints = new("None yet.", "暂无。");
    public static readonly Phrase Events = new("Events", "事件");
    public static readonly Phrase Settings = new("Settings", "设置");
    public static readonly Phrase SettingsHelp = new("Exactly what the run depends on.", "此次训练所依据的全部设置。");
    public static readonly Phrase TrainingFile = new("Training file", "训练文件");
    public static readonly Phrase Model = new("Base model", "基础模型");
    public static readonly Phrase ExampleCount = new("Examples", "样例");
    public static readonly Phrase FromCycle = new("Cycle", "循环");
    public static readonly Phrase Clone = new("Clone with changes", "复制并修改");

    public static readonly Phrase LlamaFactory = new("The file belongs to a dataset_info.json of LLaMA-Factory", "该文件属于 LLaMA-Factory 的 dataset_info.json");
    public static readonly Phrase LlamaFactoryHelp = new(
        "Send both: dataset_info.json says which fields mean what, and the name which of its data sets is meant.",
        "请同时上传两者：dataset_info.json 说明各字段的含义，名称指明其中的哪个数据集。");
    public static readonly Phrase Dataset = new("Name of the data set (may stay empty where there is only one)", "数据集名称（只有一个时可留空）");
    public static readonly Phrase FileHelp = new("Chat JSONL with 10 examples or more; every fault is told at its line.", "对话 JSONL，至少 10 条样例；每个错误都会指出行号。");
    public static readonly Phrase FileOr = new("Or one that is already there", "或选择已上传的文件");
    public static readonly Phrase FileNone = new("upload a new one", "上传新文件");
    public static readonly Phrase Suffix = new("Name of the adapter", "适配器名称");
    public static readonly Phrase SuffixHelp = new("Part of its exact id; letters, digits and dashes.", "将成为其标识的一部分；可用字母、数字和连字符。");
    public static readonly Phrase More = new("Everything else", "其他设置");
    public static readonly Phrase MoreHelp = new("Empty fields are chosen from model, data and memory, and the job's events say why.", "留空则根据模型、数据和内存自动选择，任务事件会说明原因。");
    public static readonly Phrase Method = new("Method", "方法");
    public static readonly Phrase MethodHelp = new("What learns, and on what. Whatever is chosen is evaluated on the base as it is served.", "学习什么、基于什么学习。无论选择哪种，评估都基于实际提供服务的基础模型。");
    public static readonly Phrase MethodLora = new("LoRA: an adapter on the base as stored", "LoRA：基于原样存储的基础模型训练适配器");
    public static readonly Phrase MethodNf4 = new("QLoRA: an adapter on the base in four bits (NF4)", "QLoRA：基于四位（NF4）基础模型训练适配器");
    public static readonly Phrase MethodDpo = new("DPO: an adapter from pairs of a better and a worse answer", "DPO：用优劣答案对训练适配器");
    public static readonly Phrase MethodFreeze = new("Freeze: the last blocks of the base learn; the result is a model, not an adapter", "冻结：仅训练基础模型的最后几层；结果是模型而非适配器");
    public static readonly Phrase MethodFull = new("Full: every weight of the base learns; the result is a model, not an adapter", "全量：训练基础模型的全部权重；结果是模型而非适配器");
    public static readonly Phrase MadeModel = new("The job made a model of its own. Set Model:Base to it and start again to serve it; adapters of the old base do not fit it.", "该任务生成了独立模型。将 Model:Base 设为该模型并重新启动即可提供服务；旧基础模型的适配器不适用。");
    public static readonly Phrase RewardAccuracy = new("Preferred answer ahead (share of pairs)", "优选答案领先的比例");
    public static readonly Phrase RewardMargin = new("Margin of rewards", "奖励差");
    public static readonly Phrase BadMethod = new("“{0}” is no method of this form.", "“{0}”不是本表单的方法。");
    public static readonly Phrase Epochs = new("Epochs", "轮数");
    public static readonly Phrase Rank = new("LoRA rank", "LoRA 秩");
    public static readonly Phrase BatchSize = new("Samples per step", "每步样本数");
    public static readonly Phrase Seed = new("Seed", "随机种子");
    public static readonly Phrase Start = new("Start training", "开始训练");
    public static readonly Phrase StartBusy = new("Checking the file …", "正在检查文件…");
    public static readonly Phrase NeedFile = new("A training file is needed: upload one, or choose one that is already there.", "需要训练文件：请上传或选择已有文件。");
    public static readonly Phrase BadNumber = new("“{0}” is not a number that {1} can take.", "“{0}”不是{1}可用的数值。");
}
