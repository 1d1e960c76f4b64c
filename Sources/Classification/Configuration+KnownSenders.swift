import DMARC
import Settings
import Store

extension Configuration {
  /// Whether the database holds just the senders of this configuration, if it names any.
  package func hasSameSenders(as stored: [StoredSender]) -> Bool {
    guard let knownSenders else { return true }
    func key(_ sender: KnownSender) -> String {
      let networks = Set(sender.networks.map { "\($0)" }).sorted()
      let names = [sender.domains, sender.hosts].map { Set($0.map(\.name)).sorted() }
      return "\(sender.name)|\(sender.kind)|\(networks)|\(names)|\(Set(sender.asns).sorted())"
    }
    let held = stored.filter { $0.origin == .configuration }.map { key($0.sender) }
    return held.sorted() == knownSenders.map(key).sorted()
  }
}
