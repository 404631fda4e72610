using Coworking.Gateway.ApiKeys;

namespace Coworking.Gateway.Tests.ApiKeys;

public sealed class KeyScopesTests
{
    [Theory]
    [InlineData("read", true)]
    [InlineData("bookings:write", true)]
    [InlineData("calendar.ics:read", true)]
    [InlineData("booking-series:read", true)]
    [InlineData("Read", false)]
    [InlineData("bookings", false)]
    [InlineData("bookings:", false)]
    [InlineData("bookings:write\n", false)]
    [InlineData("a:b:read", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void A_scope_is_read_or_write_or_either_of_one_area(string? scope, bool good) => Assert.Equal(good, KeyScopes.IsWellFormed(scope));

    [Theory]
    [InlineData("HEAD", "/api/v1/bookings", "bookings:read", true)]
    [InlineData("GET", "/", "read", true)]
    [InlineData("GET", "/", "bookings:read", false)]
    [InlineData("PUT", "/api/v1/iot/spaces/7/office-hours", "iot:write", true)]
    [InlineData("OPTIONS", "/api/v1/bookings", "read", false)]
    public void A_scope_allows_its_methods_in_its_area(string method, string path, string scope, bool allowed) =>
        Assert.Equal(allowed, KeyScopes.Allow([scope], method, path));
}
