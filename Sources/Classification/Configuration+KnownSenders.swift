import DMARC
package import Settings
package import Store

extension Configuration {
  /// Whether the known senders of the configuration in the database are exactly those of this configuration; true if it has none.
  package func hasSameSenders(as stored: [StoredSender]) -> Bool {
    guard let knownSenders else { return true }
    func key(_ sender: KnownSender) -> String {
      let networks = Set(sender.networks.map { "\($0)" }).sorted()
      let names = [sender.domains, sender.hosts, sender.onlyFor].map { Set($0.map(\.name)).sorted() }
      return "\(sender.name)|\(sender.kind)|\(networks)|\(names)|\(Set(sender.asns).sorted())"
    }
    let storedKeys = stored.filter { $0.origin == .configuration }.map { key($0.sender) }
    return storedKeys.sorted() == knownSenders.map(key).sorted()
  }
}
