using Coworking.IotIngest.Database;

namespace Coworking.IotIngest.Alerts;

/// <summary>
/// The state machine of one rule in one space, on device time alone (iot.md 5). Pure: samples in, transitions out, so that replaying
/// a day in order gives the same alerts on one replica or with takeovers in the middle.
/// </summary>
internal sealed class AlertClock(AlertKind kind)
{
    public AlertKind Kind { get; } = kind;

    /// <summary>First sample of the breach that runs; null while none runs.</summary>
    public long? BreachedSince { get; set; }

    /// <summary>First sample without a breach while the alert is open.</summary>
    public long? ClearSince { get; set; }

    /// <summary>The newest sample that spoke of this rule.</summary>
    public long LastAt { get; set; }

    /// <summary>Reason of the running breach or of the open alert.</summary>
    public string? Reason { get; set; }

    /// <summary>True while an alert is open.</summary>
    public bool IsOpen { get; set; }

    /// <summary>Nothing runs and nothing is open: no row needs to be kept.</summary>
    public bool IsIdle => !IsOpen && BreachedSince is null;

    /// <summary>Judges the next sample in order of device time.</summary>
    public AlertTransition Judge(long at, Verdict verdict, AlertRule rule, long maxGap)
    {
        if (verdict.Finding == Finding.Silent)
        {
            return default;
        }

        if (verdict.Finding == Finding.Off)
        {
            return End(at, AlertResolution.RuleDisabled);
        }

        // A gap means unknown: it neither continues a breach nor resolves one.
        if (!IsIdle && at - LastAt > maxGap)
        {
            ClearSince = null;
            BreachedSince = IsOpen ? BreachedSince : null;
        }

        LastAt = at;

        if (IsOpen && verdict.EndsAlertOf(Reason) is { } because)
        {
            Close();
            // The same sample may begin a breach of the other reason.
            Begin(at, verdict);
            return new AlertTransition(TransitionKind.Resolved, at, because);
        }

        return verdict.Finding switch
        {
            Finding.Breach => Breach(at, verdict, rule),
            Finding.Between => Between(),
            _ => Clear(at, rule),
        };
    }

    /// <summary>Forgets what ran, and resolves what is open.</summary>
    public AlertTransition End(long at, string because)
    {
        var wasOpen = IsOpen;
        Close();
        return wasOpen ? new AlertTransition(TransitionKind.Resolved, at, because) : default;
    }

    private AlertTransition Breach(long at, Verdict verdict, AlertRule rule)
    {
        ClearSince = null;

        if (IsOpen)
        {
            return new AlertTransition(TransitionKind.Triggered, at);
        }

        if (verdict.Reason != Reason)
        {
            BreachedSince = null;
        }

        Begin(at, verdict);
        var opensAt = BreachedSince!.Value + rule.OpenAfter;

        if (at < opensAt)
        {
            return default;
        }

        IsOpen = true;
        return new AlertTransition(TransitionKind.Opened, opensAt);
    }

    private AlertTransition Between()
    {
        ClearSince = null;

        if (!IsOpen)
        {
            Close();
        }

        return default;
    }

    private AlertTransition Clear(long at, AlertRule rule)
    {
        if (!IsOpen)
        {
            Close();
            return default;
        }

        ClearSince ??= at;
        var resolvesAt = ClearSince.Value + rule.ResolveAfter;

        if (at < resolvesAt)
        {
            return default;
        }

        Close();
        return new AlertTransition(TransitionKind.Resolved, resolvesAt, AlertResolution.BackToNormal);
    }

    private void Begin(long at, Verdict verdict)
    {
        if (verdict.Finding == Finding.Breach)
        {
            BreachedSince ??= at;
            Reason = verdict.Reason;
        }
    }

    private void Close() => (IsOpen, BreachedSince, ClearSince, Reason) = (false, null, null, null);
}

internal enum TransitionKind
{
    None,
    Opened,
    Triggered,
    Resolved,
}

/// <summary>What a sample changed.</summary>
/// <param name="Kind">None for most samples.</param>
/// <param name="At">Device time (micros) at which the change counts.</param>
/// <param name="Because">Of a resolution.</param>
internal readonly record struct AlertTransition(TransitionKind Kind, long At, string? Because = null);
