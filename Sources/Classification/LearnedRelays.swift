import DMARC
import Foundation
import Store
import Verdict

/// Relays that the mail of other organisations shows: of several, or of one for weeks. Small domains have too little mail to show them.
struct LearnedRelays: Equatable {
  /// The number of organisations whose mail has to show a relay.
  private static let least = 3
  /// Among more organisations than this, one of them may be a customer who wants to vouch for a host.
  private static let fewOrganisations = 20

  /// The number of organisations by the key of the infrastructure.
  let organisations: [String: Int]

  /// Reads what the mail of all organisations has shown so far.
  init(_ flows: FlowStore) throws {
    let leastSteady = try flows.teachers() > Self.fewOrganisations ? 2 : 1
    organisations = try flows.relays(shownBy: Self.least, orForWeeksBy: leastSteady)
  }

  /// Setting with the keys that stored verdicts take into account.
  private static let judgedKey = "judged.relays"

  private init(_ organisations: [String: Int]) { self.organisations = organisations }

  /// The relays that stored verdicts take into account: those of the last run that came to its end.
  static func judged(_ flows: FlowStore) throws -> LearnedRelays {
    let current = try LearnedRelays(flows)
    guard let text = try flows.setting(judgedKey),
      let keys = try? JSONDecoder().decode([String].self, from: Data(text.utf8))
    else { return current }
    return LearnedRelays(Dictionary(keys.map { ($0, current.organisations[$0] ?? 1) }) { first, _ in first })
  }

  /// Stores that verdicts take these relays into account from now on.
  func setJudged(_ flows: FlowStore) throws {
    let text = String(decoding: try JSONEncoder().encode(organisations.keys.sorted()), as: UTF8.self)
    if try flows.setting(Self.judgedKey) != text { try flows.set(Self.judgedKey, text) }
  }

  /// The keys of which only one of two states knows that they are relays.
  func keys(unlike other: LearnedRelays) -> Set<String> {
    Set(organisations.keys).symmetricDifference(other.organisations.keys)
  }

  /// The From domains with mail from these infrastructures, whose verdicts depend on them.
  static func headerFroms(
    from keys: Set<String>, _ flows: FlowStore, _ context: ClassificationContext
  ) throws -> Set<Int64> {
    guard !keys.isEmpty else { return [] }
    var addresses: Set<IPAddress> = []
    try flows.forEachSource { address, host in
      let name = host.flatMap(DomainName.init)
      let organisation = name.map { context.ruleContext.organisations.domain(of: $0) ?? $0 }
      let place = SourceFacts().infrastructure(of: address)
      if keys.contains(place) || organisation.map({ keys.contains($0.name) }) ?? false { addresses.insert(address) }
    }
    return try flows.headerFroms(from: addresses)
  }
}
