using Coworking.Hosting.Http;

namespace Coworking.Hosting.Tests.Http;

public sealed class EmailAddressTests
{
    [Theory]
    [InlineData("ana@example.com")]
    [InlineData("Ana.Maria+room@sub.example.co")]
    [InlineData("o'brien@example.com")]
    [InlineData("a@b.mx")]
    [InlineData("x@xn--bcher-kva.example")]
    public void A_sane_address_is_taken(string address) => Assert.True(EmailAddress.IsValid(address));

    [Theory]
    [InlineData("")]
    [InlineData("ana")]
    [InlineData("@example.com")]
    [InlineData("ana@")]
    [InlineData("ana@localhost")]
    [InlineData("ana@@example.com")]
    [InlineData("ana maria@example.com")]
    [InlineData(".ana@example.com")]
    [InlineData("ana.@example.com")]
    [InlineData("an..a@example.com")]
    [InlineData("ana@example..com")]
    [InlineData("ana@-example.com")]
    [InlineData("ana@example-.com")]
    [InlineData("ana@192.0.2.1")]
    [InlineData("ana@example.com\n")]
    [InlineData("ana@exa\0mple.com")]
    [InlineData("Ana <ana@example.com>")]
    public void Anything_else_is_refused(string address) => Assert.False(EmailAddress.IsValid(address));

    [Fact]
    public void Lengths_are_those_of_RFC_5321()
    {
        Assert.True(EmailAddress.IsValid(new string('a', 64) + "@example.com"));
        Assert.False(EmailAddress.IsValid(new string('a', 65) + "@example.com"));

        var domain = $"{new string('d', 63)}.{new string('d', 63)}.{new string('d', 60)}.mx";
        Assert.True(EmailAddress.IsValid(new string('a', 254 - domain.Length - 1) + "@" + domain));
        Assert.False(EmailAddress.IsValid(new string('a', 255 - domain.Length - 1) + "@" + domain));
        Assert.True(EmailAddress.IsValid("a@" + new string('d', 63) + ".mx"));
        Assert.False(EmailAddress.IsValid("a@" + new string('d', 64) + ".mx"));
    }

    [Fact]
    public void Case_and_blanks_do_not_make_another_client() =>
        Assert.Equal(EmailAddress.Key("ana@example.com"), EmailAddress.Key("  Ana@Example.COM "));
}
