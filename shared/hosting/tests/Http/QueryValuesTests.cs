using Coworking.Hosting.Http;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Coworking.Hosting.Tests.Http;

public sealed class QueryValuesTests
{
    private static readonly string[] Words = ["confirmed", "cancelled"];

    [Theory]
    [InlineData("", null)]
    [InlineData("1", 1)]
    [InlineData("100", 100)]
    public void A_whole_number_within_bounds_is_read(string text, int? number) =>
        Assert.Equal(number, QueryValues.WholeNumber(Query("n", text), "n", 1, 100));

    [Theory]
    [InlineData("0")]
    [InlineData("101")]
    [InlineData("-1")]
    [InlineData("+1")]
    [InlineData(" 1")]
    [InlineData("1.0")]
    [InlineData("1e2")]
    [InlineData("٣")]
    [InlineData("99999999999999999999")]
    public void A_number_that_is_none_or_out_of_bounds_is_refused(string text)
    {
        var refused = Assert.Throws<RefusedRequestException>(() => QueryValues.WholeNumber(Query("n", text), "n", 1, 100));
        Assert.Equal("n must be a whole number from 1 to 100", refused.Refusal.Message);
        Assert.Equal(["n"], refused.Refusal.Errors!.Keys);
    }

    [Fact]
    public void A_value_given_twice_is_refused_rather_than_chosen() =>
        Assert.Throws<RefusedRequestException>(() => QueryValues.WholeNumber(Query("n", "1", "2"), "n", 1, 100));

    [Theory]
    [InlineData("2026-01-31", "2026-01-31")]
    [InlineData("2026-01-31T00:00:00Z", "2026-01-31")]
    [InlineData("2026-01-31T23:30:00-02:00", "2026-02-01")]
    public void A_day_is_read_as_a_date_or_as_the_UTC_date_of_an_instant(string text, string day) =>
        Assert.Equal(DateOnly.ParseExact(day, "yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture), QueryValues.Day(Query("d", text), "d"));

    [Theory]
    [InlineData("2026-02-30")]
    [InlineData("31.01.2026")]
    [InlineData("2026-01-31T09:00")]
    [InlineData("yesterday")]
    public void A_day_that_is_none_is_refused(string text) => Assert.Throws<RefusedRequestException>(() => QueryValues.Day(Query("d", text), "d"));

    [Fact]
    public void A_word_is_read_without_case_and_answered_as_listed()
    {
        Assert.Equal("cancelled", QueryValues.Word(Query("s", "CANCELLED"), "s", Words));
        Assert.Null(QueryValues.Word(Query("other", "x"), "s", Words));
        var refused = Assert.Throws<RefusedRequestException>(() => QueryValues.Word(Query("s", "lost"), "s", Words));
        Assert.Equal("s must be one of confirmed, cancelled", refused.Refusal.Message);
    }

    [Fact]
    public void A_flag_is_true_or_false_or_absent()
    {
        Assert.True(QueryValues.Flag(Query("f", "true"), "f"));
        Assert.False(QueryValues.Flag(Query("f", "False"), "f"));
        Assert.Null(QueryValues.Flag(Query("f", ""), "f"));
        Assert.Throws<RefusedRequestException>(() => QueryValues.Flag(Query("f", "1"), "f"));
    }

    [Fact]
    public void An_id_is_a_UUID_with_hyphens_or_it_is_refused()
    {
        var id = Guid.CreateVersion7();
        Assert.Equal(id, QueryValues.Uuid(Query("id", id.ToString()), "id"));
        Assert.Equal(id, RouteId.Parse(id.ToString().ToUpperInvariant(), provider: null).Value);

        foreach (var text in new[] { id.ToString("N"), id.ToString("B"), "42", "" })
        {
            Assert.Throws<RefusedRequestException>(() => RouteId.Parse(text, provider: null));
        }
    }

    [Fact]
    public void The_last_page_holds_what_is_left_and_offsets_never_overflow()
    {
        var cases =
            from number in Gen.OneOf(Gen.Choose(1, 50), Gen.Constant(int.MaxValue))
            from size in Gen.Choose(1, 100)
            from total in Gen.Choose(0, 5000)
            select (new PageRequest(number, size), total);
        Prop.ForAll(cases.ToArbitrary(), x =>
        {
            var (page, total) = x;
            var meta = page.Of<int>([], total).Meta;
            return page.Offset == (page.Number - 1L) * page.Size
                && meta.TotalPages * meta.PageSize >= total
                && (meta.TotalPages - 1) * meta.PageSize < Math.Max(total, 1);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000).WithReplay(20261121, 7));
    }

    private static QueryCollection Query(string name, params string[] values) => new(new Dictionary<string, StringValues> { [name] = new(values) });
}
