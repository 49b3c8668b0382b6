using Ratchet.HostedSample;

if (args is ["host", ..])
{
    SampleHost.Create(args[1..]).Build().Run();
}
else
{
    await SampleService.RunAsync(args);
}
