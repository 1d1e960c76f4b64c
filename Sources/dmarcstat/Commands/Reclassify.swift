import ArgumentParser
import Classification
import Foundation
import Render

struct Reclassify: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Judge all stored mail again.",
    discussion: """
      Verdicts follow by themselves when reports come in, or when known senders, look-ups, the infrastructure table or the rules \
      change. This judges all of them again, for whoever wants to be sure.

      EXAMPLES
        dmarcstat reclassify
        dmarcstat reclassify --quiet
      """)

  @Flag(name: .shortAndLong, help: "Print nothing but what needs a person.")
  var quiet = false

  @OptionGroup var databaseOptions: DatabaseOptions

  func run() throws {
    let (database, configuration) = try databaseOptions.openForWriting(isQuiet: quiet)
    let bar = ProgressBar(isShown: !quiet)
    let start = Date()
    let outcome = try Classifier(configuration, database).refresh(database, all: true) { share in
      bar.update(share: share, note: "organisations judged")
    }
    bar.finish()
    guard !quiet else { return }
    let seconds = NumberText.tenths(Date().timeIntervalSince(start))
    Terminal.print(lines: [
      "\(outcome.flows) pairs of source and outcome of \(outcome.organisations) organisations judged, "
        + "\(outcome.changed) verdicts changed; \(seconds) s"
    ])
  }
}
