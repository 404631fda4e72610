using Yarp.ReverseProxy.Forwarder;

namespace Coworking.Gateway.Proxying;

/// <summary>How far an exchange with a service has come.</summary>
internal enum ExchangeStage
{
    Request,

    /// <summary>The head of the answer is there, and is being read.</summary>
    Head,

    Body,
}

/// <summary>Why an exchange failed, in the words by which YARP tells it to balancing, health and second tries.</summary>
internal sealed record DirectFailure(ForwarderError Error, Exception? Exception) : IForwarderErrorFeature
{
    /// <param name="stage">How far it had come.</param>
    /// <param name="isClientGone">Which is never the service's fault.</param>
    /// <param name="isLate">Nothing had come for too long.</param>
    /// <param name="exception">What was thrown.</param>
    internal static ForwarderError ErrorOf(ExchangeStage stage, bool isClientGone, bool isLate, Exception exception) => (stage, isClientGone, isLate, exception) switch
    {
        (ExchangeStage.Request, true, _, _) => ForwarderError.RequestCanceled,
        (ExchangeStage.Request, _, true, _) => ForwarderError.RequestTimedOut,
        // What Kestrel will not send is nothing that another service would say otherwise.
        (ExchangeStage.Head, _, _, InvalidOperationException) => ForwarderError.ResponseHeaders,
        (not ExchangeStage.Body, _, _, _) => ForwarderError.Request,
        (_, true, _, _) => ForwarderError.ResponseBodyClient,
        (_, _, true, _) => ForwarderError.ResponseBodyCanceled,
        _ => ForwarderError.ResponseBodyDestination,
    };
}
