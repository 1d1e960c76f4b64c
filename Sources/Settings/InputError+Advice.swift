import DMARC

/// The next step after a rejection, in terms of this program's commands, options and configuration keys.
extension InputError {
  /// `cause (line N): next step`, to be put behind the file's name.
  package var explanation: String { "\(cause)\(line.map { " (line \($0))" } ?? ""): \(nextStep)" }

  /// What a person can do about it.
  package var nextStep: String {
    switch remedy {
    case .checkAccess: "check that it exists and that you may read it, then run again"
    case .requestAgain: "ask the sender for the report again, or delete the file"
    case .keepApart: "delete it, or keep such files out of this folder"
    case .inspectXML: "look at it with `dmarcstat lint`; if the download broke it, fetch it again"
    case .requestWholeReport: "look at it with `dmarcstat lint`; the reporter has to send a whole report"
    case .fetchAgain: "fetch it again; if it stays so, the sender has damaged it"
    case .distrustSender: "no genuine report \(implausibility); treat the sender with suspicion"
    case .inspectAndRetry: "look at it, and read it again with `dmarcstat ingest --retry`"
    case .raiseLimit: "raise \(limitName) if you trust the sender"
    case .boundStream: "write it to a file first, or raise \(limitName) if it has an end"
    case .pipeContent: "pipe its content to `-`"
    case .nameFile: "name a file, a folder or a pipe"
    case .raiseOpenFiles: "raise the limit on open files (ulimit -n), then run again"
    case .closeOtherFiles: "the whole system has too many open files: close other programs, then run again"
    case .freeMemory: "free memory, or raise the limit on it (ulimit -v), then run again"
    case .checkDisk: "check the disk that it is on, then run again"
    case .freeTemporarySpace: "make room, or set TMPDIR"
    }
  }

  private var implausibility: String {
    switch code {
    case .documentType: "has a DOCTYPE"
    case .encrypted: "is encrypted"
    default: "comes near this"
    }
  }

  private var limitName: String { limit.map { "\($0.code.option) (`limits: \($0.code.key)`)" } ?? "the limit" }
}

extension ReportWarning {
  /// The warning, with the option that raises the limit it is about.
  package var namingOption: ReportWarning {
    guard let limit else { return self }
    return ReportWarning(code, line: line, "\(message) (\(limit.option))", limit: limit)
  }
}
