using Coworking.Reservations.Http;

namespace Coworking.Reservations.Tests.Http;

public sealed class ZonesTests
{
    [Theory]
    [InlineData("America/Mexico_City")]
    [InlineData("Europe/Madrid")]
    [InlineData("Australia/Lord_Howe")]
    [InlineData("Etc/GMT+5")]
    [InlineData("UTC")]
    public void An_IANA_zone_is_known(string name) => Assert.True(Zones.IsKnown(name));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("Mars/Olympus")]
    [InlineData("Central Standard Time (Mexico)")]
    [InlineData("Romance Standard Time")]
    [InlineData("../../etc/passwd")]
    [InlineData("right/Europe/Madrid")]
    [InlineData("posix/Europe/Madrid")]
    [InlineData("localtime")]
    [InlineData("+03:00")]
    public void Anything_else_is_not(string? name) => Assert.False(Zones.IsKnown(name));
}
