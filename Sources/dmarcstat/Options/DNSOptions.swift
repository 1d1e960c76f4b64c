import ArgumentParser
import Settings

/// Where names are looked up.
struct DNSOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Name servers to ask, by commas: 192.0.2.53 or 127.0.0.1:5353. (default: `dns` of the configuration, then the system's)",
      valueName: "address"))
  var resolver: String?

  @Option(help: ArgumentHelp("Answer from this zone file and ask no name server.", valueName: "file"))
  var zone: String?

  func settings(_ configuration: Configuration) -> Configuration.DNSSettings {
    var settings = configuration.dns
    if let resolver { (settings.resolver, settings.zone) = (resolver, nil) }
    if let zone { settings.zone = zone }
    return settings
  }
}
