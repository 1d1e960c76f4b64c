import Classification
import DMARC
import IMAP
import Ingestion
import Lookup
import Settings
import Store

/// An error that ends the program with a message and an exit status.
struct CommandError: Error {
  let message: String
  let status: ExitStatus

  static func usage(_ message: String) -> CommandError { CommandError(message: message, status: .usage) }
  static func source(_ message: String) -> CommandError { CommandError(message: message, status: .source) }
}

extension CommandError {
  /// The message and status for an error of the targets below; nil for any other error.
  init?(_ error: any Error) {
    switch error {
    case let error as CommandError: self = error
    case let error as SettingsError: self = .usage(error.description)
    case let error as IngestionError: self.init(error)
    case let error as ClassificationError: self.init(error)
    case let error as StoreError:
      self.init(message: error.explanation, status: ExitStatus(error.kind))
    case let error as InputError:
      self.init(message: error.explanation, status: error.remedy == .freeTemporarySpace ? .output : .source)
    case let error as IMAPError: self = .source(error.explanation)
    default: return nil
    }
  }

  private init(_ error: IngestionError) {
    switch error {
    case .cannotMakeFolder(let folder, let cause):
      self = .usage(
        "--after move:\(folder): the folder cannot be created (\(cause)): create it, or name another folder")
    case .readsOwnTarget(let folder):
      self = .usage("--after move:\(folder): this folder is also a source: name another folder")
    case .noThread(let cause):
      self.init(
        message: "no thread can be started (\(cause)): raise the limits on processes or memory (ulimit -u, -v)",
        status: .database)
    }
  }

  private init(_ error: ClassificationError) {
    switch error {
    case .unreadableTable(let path):
      self = .usage("\(path): the infrastructure table cannot be read: check that it exists and that you may read it")
    case .invalidTable(let path, let problem), .invalidZone(let path, let problem): self = .usage("\(path): \(problem)")
    case .unreadableZone(let path):
      self = .source("\(path): the zone file cannot be read: check that it exists and that you may read it")
    case .lookup(let error): self = .usage(error.description)
    }
  }
}
