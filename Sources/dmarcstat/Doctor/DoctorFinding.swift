import Verdict
import Wording

/// What `doctor` found out about one thing.
struct DoctorFinding: Hashable {
  /// The raw values are keys for programs.
  enum State: String, CaseIterable {
    case ok, warning, error
    case cannotTell = "cannot_tell"
  }

  /// The groups, in the order in which they are checked.
  enum Area: String, CaseIterable {
    case configuration, rights, database, sources, accounts, dns, clock, schedule
    case addresses = "report_addresses"
    case arrivals = "reports"
  }

  let area: Area
  /// The file, account or domain.
  let subject: String
  let state: State
  /// A stable name of the cause.
  let code: String
  let cause: String
  /// Nil if nothing is to be done.
  let nextStep: String?
  /// A record to publish, as a line of a zone file; nil if there is none.
  var record: String?
}

/// The findings so far, with their texts.
struct DoctorFindings {
  private(set) var all: [DoctorFinding] = []
  let phrasebook: Phrasebook
  private let codes: Set<String>

  init(_ phrasebook: Phrasebook) {
    self.phrasebook = phrasebook
    codes = phrasebook.codes
  }

  /// Adds a finding. The text of its code is the cause; that of `CODE.next`, if there is one, the next step.
  mutating func add(
    _ area: DoctorFinding.Area, _ subject: String, _ state: DoctorFinding.State, _ code: String,
    _ values: [String: String] = [:], record: String? = nil
  ) {
    var values = values
    values["subject"] = subject
    // Texts from other parts of the program are in English.
    let wording: Wording = phrasebook.language == .japanese ? .japanese : .english
    for name in ["cause", "facts", "problem"] { values[name] = values[name].map(wording.text) }
    let next = "doctor.\(code).next"
    all.append(
      DoctorFinding(
        area: area, subject: subject, state: state, code: code, cause: phrasebook.text("doctor.\(code)", values),
        nextStep: codes.contains(next) ? phrasebook.text(next, values) : nil, record: record))
  }

  func count(_ state: DoctorFinding.State) -> Int { all.count { $0.state == state } }
}
