import DMARC
import Store
import Verdict

/// The messages of the senders of one policy domain, by what they have in common and by day.
struct SenderSums {
  private struct Key: Hashable {
    var sender, traits: Int
    var mail: MailClass
  }

  private let timeline: Timeline
  private var places: [Key: Int] = [:]
  private var keys: [Key] = []
  /// By part, then by the position of the day.
  private var messages: [[Int64]] = []
  private var largest: [Int: (source: Int64, messages: Int64)] = [:]
  private var sources: [Int: Set<Int64>] = [:]

  /// The most parts of a domain: reports may name any number of keys and networks. The sums of the domain count all messages.
  private static let mostParts = 20_000

  init(_ timeline: Timeline) { self.timeline = timeline }

  mutating func add(_ flow: ActiveFlow, _ found: SenderIdentities.Found, _ mail: MailClass) {
    let key = Key(sender: found.sender, traits: found.traits, mail: mail)
    let place = places[key] ?? keys.count
    if place == keys.count {
      guard keys.count < Self.mostParts else { return }
      places[key] = place
      keys.append(key)
      messages.append([Int64](repeating: 0, count: timeline.days.count))
    }
    var sum: Int64 = 0
    for day in flow.days {
      guard let position = timeline.position(day.day) else { continue }
      messages[place][position].addClamped(day.messages)
      sum.addClamped(day.messages)
    }
    if largest[found.sender].map({ $0.messages < sum }) ?? true { largest[found.sender] = (flow.source, sum) }
    sources[found.sender, default: []].insert(flow.source)
  }

  /// The senders in order, and some row ids of the sources of each.
  func activities(
    _ identities: SenderIdentities, most: Int
  ) -> (senders: [SenderActivity], sources: [SenderIdentity: Set<Int64>]) {
    var parts: [Int: [MailPart]] = [:]
    for (key, series) in zip(keys, messages) {
      let traits = identities.traits(key.traits)
      let days = series.indices.filter { series[$0] > 0 }.map { position in
        DayMessages(day: timeline.days[position], reporter: 0, messages: series[position])
      }
      parts[key.sender, default: []].append(
        MailPart(mail: key.mail, keys: traits.keys, envelope: traits.envelope, passesSPF: traits.passesSPF, days: days))
    }
    let named = parts.map { number, parts in
      SenderActivity(
        identities.identity(number), parts: parts,
        address: largest[number].flatMap { identities.address(ofSource: $0.source) })
    }
    let known = Dictionary(sources.map { (identities.identity($0), Set($1.sorted().prefix(most))) }) { first, _ in first
    }
    return (named.sorted { $0.identity < $1.identity }, known)
  }
}
