import DMARC

/// The DNS answers that a check has used, and the questions that are still open.
struct RecordLookUps {
  private let answers: (DNSQuestion) -> DNSAnswer?
  /// The questions without an answer yet.
  private(set) var missing: Set<DNSQuestion> = []
  /// The names whose lookup failed.
  private(set) var failed: Set<String> = []

  init(_ answers: @escaping (DNSQuestion) -> DNSAnswer?) { self.answers = answers }

  /// The answer to a question; nil while it is missing. A name that cannot be asked does not exist.
  mutating func ask(_ name: String, _ type: DNSQuestion.RecordType) -> DNSAnswer? {
    let question = DNSQuestion(name, type)
    guard question.isAskable else { return DNSAnswer(.noName) }
    guard let answer = answers(question) else {
      missing.insert(question)
      return nil
    }
    return answer
  }

  /// The answer to a question without which the check is incomplete: a failure is noted.
  mutating func require(_ name: String, _ type: DNSQuestion.RecordType) -> DNSAnswer? {
    let answer = ask(name, type)
    if answer?.status == .failure { failed.insert(DNSQuestion(name, type).name) }
    return answer
  }

  mutating func add(_ questions: Set<DNSQuestion>) { missing.formUnion(questions) }

  /// The addresses of a host, IPv4 first; nil while they are not known.
  mutating func addresses(_ host: String) -> [IPAddress]? {
    let found = [ask(host, .a), ask(host, .aaaa)]
    guard !found.contains(where: { $0 == nil || $0?.status == .failure }) else { return nil }
    return found.flatMap { $0?.addresses ?? [] }
  }

  /// Whether a host has an address; nil while that is not known.
  mutating func hasAddress(_ host: String) -> Bool? {
    let found = [ask(host, .a), ask(host, .aaaa)]
    if found.contains(where: { $0?.addresses.isEmpty == false }) { return true }
    return found.contains { $0 == nil || $0?.status == .failure } ? nil : false
  }
}
