package import DMARC
package import Store
package import Verdict

/// A DKIM key of one's own whose signatures do not verify, on mail that passes by another identifier.
///
/// Such mail still passes DMARC, so nothing else shows that it now depends on one identifier only.
package struct BrokenKey: Sendable, Hashable {
  /// The policy domain of the mail.
  package var policyDomain: String
  /// The signing domain.
  package var domain: String
  /// The selector; nil if no reporter named it.
  package var selector: String?
  /// The first and the last day on which it failed.
  package var since, until: CalendarDay
  /// Whether that is over: its signatures have verified since, or there have been none for a week.
  package var isOver: Bool
  /// Messages whose signature failed from `since` to `until`, and the reporters of them.
  package var messages: Int64
  package var reporters: Int
  /// The sources of these messages.
  package var sources: Set<IPAddress>

  /// The selector for people.
  package var selectorText: String { selector ?? "(no selector reported)" }

  /// What is broken and since when, with the next step, as a sentence.
  package func text(_ phrasebook: Phrasebook) -> String {
    let name = DomainName(domain)?.publishable
    let owner = selector.flatMap { selector in name.flatMap { RecordOwner(selector: selector, of: $0) } }
    let values = [
      "domain": domain, "selector": selectorText, "since": "\(since)", "until": "\(until)", "messages": "\(messages)",
      "reporters": "\(reporters)", "owner": owner?.name ?? "",
    ]
    let step = isOver ? "" : " " + phrasebook.text(owner == nil ? "broken-key.find" : "broken-key.compare", values)
    return phrasebook.text(isOver ? "broken-key.was" : "broken-key.is", values) + step
  }

  /// Broken keys as a JSON array.
  package static func json(_ keys: [BrokenKey]) -> String {
    var json = JSONText()
    json.array { list in
      for key in keys {
        list.object {
          $0.field("domain", key.domain)
          $0.field("selector", key.selector)
          $0.field("since", "\(key.since)")
          $0.field("until", key.isOver ? "\(key.until)" : nil)
          $0.field("messages", key.messages)
          $0.field("reporters", Int64(key.reporters))
          $0.field("sources", Int64(key.sources.count))
        }
      }
    }
    return json.string
  }
}

/// Finds broken keys in the signatures of a period.
package struct BrokenKeys {
  /// A key is broken on a day if at least this share of its signatures fails. Some signatures always do: receivers and
  /// relays change messages.
  private static let share = 0.1
  /// The fewest messages, and the fewest on a single day.
  private static let fewestMessages: Int64 = 3
  private static let fewestOnOneDay: Int64 = 10
  /// Days without failures that do not end a failure, because few messages may all have been lucky.
  private static let gap = 2
  /// The number of days without a signature after which a key counts as retired.
  private static let unused: Int64 = 7

  private struct Key: Hashable {
    var policyDomain, domain: String
    var selector: String?
  }

  private struct Day {
    var passed: Int64 = 0
    var failed: Int64 = 0
    var reportersOfPass: Set<Int64> = []
    var reportersOfFailure: Set<Int64> = []
    var sources: Set<IPAddress> = []

    var isBroken: Bool { failed > 0 && Double(failed) >= BrokenKeys.share * (Double(failed) + Double(passed)) }
  }

  private let organisations: Organisations
  private var days: [Key: [Int64: Day]] = [:]
  /// The newest day of each policy domain.
  private var newestDays: [String: Int64] = [:]

  init(_ organisations: Organisations) { self.organisations = organisations }

  /// Whether any failure is known.
  var isEmpty: Bool { days.isEmpty }
  /// The policy domains of the mail with failing signatures.
  var policyDomains: Set<String> { Set(days.keys.map(\.policyDomain)) }

  /// Adds messages with a signature that does not verify, and a pass of another identifier.
  mutating func addFailing(_ part: SignatureDay) {
    for (key, passes) in results(part) where !passes {
      var day = days[key]?[part.day] ?? Day()
      day.failed = day.failed.addingClamped(part.messages)
      day.reportersOfFailure.insert(part.reporter)
      if let source = part.source { day.sources.insert(source) }
      days[key, default: [:]][part.day] = day
    }
  }

  /// Drops keys with too few failures, so that the other mail of their domains need not be read.
  mutating func dropStrays() {
    days = days.filter { _, days in
      days.values.reduce(Int64(0)) { $0.addingClamped($1.failed) } >= Self.fewestMessages
    }
  }

  /// Adds messages whose signatures may verify; only those with a key that also fails matter.
  mutating func addPassing(_ part: SignatureDay) {
    newestDays[part.policyDomain] = max(newestDays[part.policyDomain] ?? part.day, part.day)
    for (key, passes) in results(part) where passes && days[key] != nil {
      var day = days[key]?[part.day] ?? Day()
      day.passed = day.passed.addingClamped(part.messages)
      day.reportersOfPass.insert(part.reporter)
      days[key]?[part.day] = day
    }
  }

  /// Whether each own key passes. Of both results for one key, the row merges several messages: it passes sometimes.
  private func results(_ part: SignatureDay) -> [Key: Bool] {
    guard let from = DomainName(part.outcome.headerFrom ?? part.policyDomain) else { return [:] }
    var results: [Key: Bool] = [:]
    for signature in part.outcome.dkim {
      guard let domain = signature.domain.flatMap(DomainName.init), organisations.areRelated(domain, from) else {
        continue
      }
      let selector = signature.selector.flatMap { $0.isEmpty ? nil : $0.lowercased() }
      let key = Key(policyDomain: part.policyDomain, domain: domain.name, selector: selector)
      switch signature.result {
      case .pass: results[key] = true
      case .fail, .permerror, .neutral, .policy: results[key] = results[key] ?? false
      default: break
      }
    }
    return results
  }

  /// The keys that are or were broken, those that still are first, then by messages.
  var found: [BrokenKey] { found(until: nil) }

  /// The same as it was known after a day; nil for what is known now.
  func found(until limit: Int64?) -> [BrokenKey] {
    days.compactMap { key, days in
      last(key, limit.map { limit in days.filter { $0.key <= limit } } ?? days, newest(key.policyDomain, limit))
    }.sorted {
      ($0.isOver ? 1 : 0, -$0.messages, $0.domain, $0.selector ?? "")
        < ($1.isOver ? 1 : 0, -$1.messages, $1.domain, $1.selector ?? "")
    }
  }

  private func newest(_ policyDomain: String, _ limit: Int64?) -> Int64? {
    newestDays[policyDomain].map { min($0, limit ?? $0) }
  }

  /// The last time that a key was broken; nil if it never was, or too rarely to say.
  private func last(_ key: Key, _ days: [Int64: Day], _ newestDay: Int64?) -> BrokenKey? {
    let sorted = days.keys.sorted()
    guard let until = sorted.last(where: { days[$0]?.isBroken ?? false }), let newest = sorted.last else { return nil }
    var since = until
    for day in sorted.reversed() where day < until && days[day]?.isBroken ?? false {
      // A day that passed in between ends it, unless it is one of a few.
      let good = sorted.count { $0 > day && $0 < since }
      guard good <= Self.gap else { break }
      since = day
    }
    let run = sorted.filter { $0 >= since && $0 <= until }.compactMap { days[$0] }
    let messages = run.reduce(Int64(0)) { $0.addingClamped($1.failed) }
    let brokenDays = run.count { $0.isBroken }
    guard messages >= (brokenDays > 1 ? Self.fewestMessages : Self.fewestOnOneDay) else { return nil }
    let failing = run.reduce(into: Set<Int64>()) { $0.formUnion($1.reportersOfFailure) }
    let passing = run.reduce(into: Set<Int64>()) { $0.formUnion($1.reportersOfPass) }
    // What only one of several receivers cannot verify is that receiver's matter.
    guard failing.count > 1 || passing.subtracting(failing).count < 2 else { return nil }
    return BrokenKey(
      policyDomain: key.policyDomain, domain: key.domain, selector: key.selector, since: CalendarDay(number: since),
      until: CalendarDay(number: until),
      isOver: newest > until || (newestDay ?? until) > until.addingClamped(Self.unused),
      messages: messages, reporters: failing.count,
      sources: run.reduce(into: []) { $0.formUnion($1.sources) })
  }
}

extension ReportDatabase {
  /// Days before a period that are looked at to see since when a key has been broken.
  private static var lookBack: Int64 { 90 }

  /// The keys that were broken in a period.
  /// - Throws: ``StoreError``.
  package func brokenKeys(_ filter: RecordFilter, _ context: ClassificationContext) throws(StoreError) -> [BrokenKey] {
    guard let keys = try signatureFailures(filter, context) else { return [] }
    return keys.found.filter { key in filter.firstDay.map { key.until >= $0 } ?? true }
  }

  /// The keys with failing signatures in a period and some time before; nil if there are none.
  /// - Throws: ``StoreError``.
  func signatureFailures(_ filter: RecordFilter, _ context: ClassificationContext) throws(StoreError) -> BrokenKeys? {
    var wider = filter
    wider.limit = nil
    wider.firstDay = filter.firstDay?.advanced(by: -Self.lookBack)
    var keys = BrokenKeys(context.ruleContext.organisations)
    try failingSignatures(wider) { keys.addFailing($0) }
    keys.dropStrays()
    guard !keys.isEmpty else { return nil }
    try signatures(wider, of: keys.policyDomains) { keys.addPassing($0) }
    return keys
  }
}
