using Coworking.IotIngest.Database;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.Extensions.DependencyInjection;

namespace Coworking.IotIngest.Tests.Running;

public sealed class MigrationTests(IotFixture fixture) : IClassFixture<IotFixture>
{
    [Fact]
    public async Task Migrating_again_changes_nothing() => Assert.Equal(0, await fixture.Platform.VerbAsync("migrate"));

    [Fact]
    public async Task An_unknown_verb_is_an_error() => Assert.Equal(2, await fixture.Platform.VerbAsync("dance"));

    [Fact]
    public async Task Demo_data_is_refused_in_production() => Assert.Equal(1, await fixture.Platform.VerbAsync("demo", "--environment=Production"));

    [Fact]
    public async Task Every_mapped_table_and_column_exists()
    {
        using var scope = fixture.Service.Service<IServiceScopeFactory>().CreateScope();
        var model = scope.ServiceProvider.GetRequiredService<IotDb>().Model;
        var mapped = model.GetEntityTypes().SelectMany(type => type.GetProperties(), (type, property) =>
            $"{type.GetSchema()}.{type.GetTableName()}.{property.GetColumnName(StoreObjectIdentifier.Table(type.GetTableName()!, type.GetSchema()))}").ToList();
        var there = await fixture.Platform.ListAsync("select table_schema || '.' || table_name || '.' || column_name from information_schema.columns", reader => reader.GetString(0));
        Assert.NotEmpty(mapped);
        Assert.Empty(mapped.Except(there));
    }
}
