using System.Runtime.InteropServices;
using Coworking.Local;

// Ctrl-C reaches this process alone (children live in sessions of their own), so that it can take everything down in order.
using var stopping = new CancellationTokenSource();
Action<PosixSignalContext> stop = context =>
{
    context.Cancel = true;
    stopping.Cancel();
};
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, stop);
using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, stop);

return args switch
{
    ["up", .. var options] => await UpCommand.RunAsync(options, stopping.Token),
    ["down"] => await DownCommand.RunAsync(),
    ["servers", var file, .. var options] => await ServersCommand.RunAsync(file, options, stopping.Token),
    ["openapi", var file] => await OpenApiCommand.RunAsync(file, stopping.Token),
    ["results", var folder] => ResultsCommand.Run(folder),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("""
        Coworking.Local up [--no-demo]                 servers, services, demo data and simulated devices, until Ctrl-C or down
        Coworking.Local down                           ends what up runs
        Coworking.Local servers FILE [--parent PID]    the servers; their COWORKING_TEST_SERVERS goes to FILE; until stdin ends, or PID does
        Coworking.Local openapi FILE                   the document of the API, as the services that were built tell it
        Coworking.Local results FOLDER                 failed tests and the sum of the .trx files in FOLDER
        """);
    return 2;
}
