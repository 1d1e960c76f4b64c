import ArgumentParser
import Ingestion
import Store

/// How the program ends; `dmarcstat --help` explains each to the user.
enum ExitStatus: Int32, Comparable {
  /// All is well.
  case success = 0
  /// Done, but something new was rejected or left out; or a question has no answer.
  case incomplete = 1
  /// Wrong usage or configuration.
  case usage = 2
  /// A source could not be reached or read.
  case source = 3
  /// The database could not be opened or written.
  case database = 4
  /// Standard output, or a file that was asked for, could not be written.
  case output = 5
  /// An unforeseen error: a fault of the program.
  case unexpected = 6
  /// `readiness`: own mail would be lost.
  case notReady = 7
  /// `readiness`: reports do not say enough.
  case cannotTell = 8
  /// The reader of standard output has gone, as a shell shows a death by SIGPIPE.
  case closedPipe = 141

  static func < (one: ExitStatus, other: ExitStatus) -> Bool { one.rawValue < other.rawValue }
}

extension ExitStatus {
  /// The status of an error of the database.
  init(_ kind: StoreError.Kind) {
    self =
      switch kind {
      case .database: .database
      case .wrongUsage: .usage
      case .output: .output
      }
  }
}

extension ExitCode {
  /// The end of a command that has said all there is to say.
  init(_ status: ExitStatus) { self.init(status.rawValue) }
}

extension IngestTally {
  /// Whether a source could not be read, else whether something new was rejected, dropped or cut off.
  var exitStatus: ExitStatus { unreachable.isEmpty ? hasLosses ? .incomplete : .success : .source }
}
