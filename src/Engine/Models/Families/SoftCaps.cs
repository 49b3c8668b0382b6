namespace Ratchet.Engine.Models.Families;

/// <summary>Values that a family takes where config.json is silent.</summary>
/// <param name="QueryScalar">query_pre_attn_scalar: scores are divided by its root.</param>
/// <param name="Attention">attn_logit_softcapping.</param>
/// <param name="Logits">final_logit_softcapping.</param>
internal sealed record SoftCaps(double QueryScalar, double Attention, double Logits);
