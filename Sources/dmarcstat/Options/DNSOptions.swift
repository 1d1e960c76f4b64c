import ArgumentParser
import Settings

/// The name servers or the zone file for DNS lookups.
struct DNSOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Name servers to query, separated by commas: 192.0.2.53 or 127.0.0.1:5353. (default: `dns` of the configuration, then those of the system)",
      valueName: "address"))
  var resolver: String?

  @Option(help: ArgumentHelp("Use this zone file instead of name servers.", valueName: "file"))
  var zone: String?

  func settings(_ configuration: Configuration) -> Configuration.DNSSettings {
    var settings = configuration.dns
    if let resolver { (settings.resolver, settings.zone) = (resolver, nil) }
    if let zone { settings.zone = zone }
    return settings
  }
}
