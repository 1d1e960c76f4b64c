import ArgumentParser
import DMARC
import Glibc
import Intake
import Settings
import Store

/// The policy domains that a question is about.
struct DomainOptions: ParsableArguments {
  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      """
      Include only this policy domain and its subdomains, or the policy domains that match a pattern, such as 'kunde*.example': * is any \
      characters, ? is one (repeatable).
      """, valueName: "name"), completion: Completions.domains)
  var domain: [String] = []

  @Option(
    help: ArgumentHelp(
      "Include only the domains in this file, one name or pattern a line, # for comments; - is standard input.",
      valueName: "file"), completion: .file())
  var domainsFrom: String?

  /// Whether the arguments choose domains.
  var areGiven: Bool { !domain.isEmpty || domainsFrom != nil }

  func validate() throws { _ = try selectors() }

  private func selectors() throws -> [DomainSelector] {
    guard domain.count(where: DomainPattern.isOne) <= DomainList.mostPatterns else {
      throw ValidationError("--domain may be given with \(DomainList.mostPatterns) patterns.")
    }
    return try domain.map { text in
      if let selector = DomainSelector(text) { return selector }
      guard DomainPattern.isOne(text) else { throw DomainName.invalid(text, of: "--domain") }
      throw ValidationError(
        "--domain \"\(text)\" is not a valid pattern: use the letters of domain names, * and ?, such as 'kunde*.example'."
      )
    }
  }

  /// Sets the domains of a filter.
  /// - Throws: a ``CommandError`` if no report is about a domain, or about none of a file.
  func choose(in context: QueryContext, _ filter: inout RecordFilter) throws {
    let selectors = try selectors()
    let names = selectors.compactMap { if case .name(let name) = $0 { name } else { nil } }
    guard domainsFrom != nil || names.count < selectors.count else {
      for name in names { try context.requireReports(on: name) }
      filter.domains = names
      return
    }
    var chosen = ChosenDomains(among: try context.database.policyDomains())
    for selector in selectors where !chosen.add(selector) {
      throw CommandError(message: try context.noReports(on: selector), status: .incomplete)
    }
    if let domainsFrom { try chosen.add(try DomainListFile.read(domainsFrom), context) }
    filter.exactDomains = chosen.names
  }
}

/// Policy domains that were named one by one.
struct ChosenDomains {
  private let known: [DomainName]
  private let byParent: [Substring: [Int]]
  private var chosen: Set<Int> = []

  init(among known: [DomainName]) {
    self.known = known
    var byParent: [Substring: [Int]] = [:]
    for (index, domain) in known.enumerated() {
      var rest = domain.name[...]
      byParent[rest, default: []].append(index)
      while let dot = rest.firstIndex(of: ".") {
        rest = rest[rest.index(after: dot)...]
        byParent[rest, default: []].append(index)
      }
    }
    self.byParent = byParent
  }

  /// The names, sorted.
  var names: [String] { chosen.map { known[$0].name }.sorted() }

  /// Adds what a name or pattern stands for.
  /// - Returns: whether that is any domain.
  mutating func add(_ selector: DomainSelector) -> Bool {
    let found: [Int] =
      switch selector {
      case .name(let name): byParent[name.name[...]] ?? []
      case .pattern(let pattern): known.indices.filter { pattern.matches(known[$0]) }
      }
    chosen.formUnion(found)
    return !found.isEmpty
  }

  /// Adds a list. Domains that no report is about are normal in a list of customers: they are only mentioned.
  /// - Throws: a ``CommandError`` if no report is about any of them.
  fileprivate mutating func add(_ file: (list: DomainList, name: String), _ context: QueryContext) throws {
    var missing: [DomainList.Entry] = []
    for entry in file.list.entries where !add(entry.selector) { missing.append(entry) }
    guard let first = missing.first else { return }
    let why = try "\(context.noReports(on: first.selector)) (line \(first.line))"
    if missing.count == file.list.entries.count {
      let all = missing.count == 1 ? "" : "no report is about any of its \(missing.count) domains; "
      throw CommandError(message: "\(file.name): \(all)\(why)", status: .incomplete)
    }
    let others = missing.count == 1 ? "" : "; and \(missing.count - 1) more"
    Terminal.complain(of: file.name, why + others)
  }
}

/// Reads the file of `--domains-from`.
private enum DomainListFile {
  static func read(_ path: String) throws -> (list: DomainList, name: String) {
    let name = path == "-" ? "standard input" : path
    let descriptor = path == "-" ? STDIN_FILENO : open(PathText.native(path), O_RDONLY | O_CLOEXEC | O_NOCTTY)
    guard descriptor >= 0 else { throw problem(name, "it cannot be opened") }
    defer { if path != "-" { close(descriptor) } }
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = Glibc.read(descriptor, &piece, piece.count)
      if count == 0 { break }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw problem(name, "it cannot be read") }
      bytes += piece[..<count]
      guard bytes.count <= DomainList.mostBytes else { throw SettingsError(file: name, DomainList.tooLarge) }
    }
    return (try DomainList(bytes, file: name), name)
  }

  private static func problem(_ name: String, _ what: String) -> SettingsError {
    SettingsError(
      file: name, "\(what) (\(String(cString: strerror(errno)))): --domains-from needs a file of domain names")
  }
}

extension QueryContext {
  /// What a name or pattern without reports ends with: similar domains, which have some.
  func noReports(on selector: DomainSelector) throws -> String {
    switch selector {
    case .name(let name): return try noReports(on: name)
    case .pattern(let pattern):
      let near = NearNames.of(pattern, among: try database.policyDomains()).map(\.name)
      let hint =
        near.isEmpty
        ? "`dmarcstat summary` lists the domains that have some" : "similar: \(near.joined(separator: ", "))"
      return "no report is about a domain that matches \(pattern): \(hint)"
    }
  }
}
