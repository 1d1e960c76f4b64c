package import DMARC

/// The next step after a rejection, in terms of this program's commands, options and configuration keys.
extension InputError {
  /// `cause (line N): next step`, to follow the name of the file.
  package var explanation: String { "\(cause)\(line.map { " (line \($0))" } ?? ""): \(nextStep)" }

  /// The next step for the user.
  package var nextStep: String {
    switch remedy {
    case .checkAccess: "check that it exists and that you have read permission, then run again"
    case .requestAgain: "ask the sender for the report again, or delete the file"
    case .keepApart: "delete it, or keep such files out of this folder"
    case .inspectXML: "check it with `dmarcstat lint`; if the download damaged it, fetch it again"
    case .requestWholeReport: "check it with `dmarcstat lint`; the reporter must send a complete report"
    case .fetchAgain: "fetch it again; if the problem persists, the sender has damaged it"
    case .distrustSender: "no genuine report \(implausibility); treat the sender with suspicion"
    case .decryptFirst: "decrypt it and ingest the result, or ask the sender for reports that are not encrypted"
    case .unpackFirst: "unpack it and ingest what is inside, or ask the sender for gzip (RFC 9990)"
    case .saveAsMIME: "save it as .eml (MIME) and ingest that, or have the mail server convert it to MIME"
    case .joinParts: "join its parts with a mail program and ingest the result, or ask the sender to send it whole"
    case .checkGateway:
      "look for the original in the quarantine of your mail gateway, and let reports through unchanged"
    case .inspectAndRetry: "inspect it, then read it again with `dmarcstat ingest --retry`"
    case .raiseLimit: "raise \(limitName) if you trust the sender"
    case .boundStream: "write it to a file first, or raise \(limitName) if it is finite"
    case .pipeContent: "pipe its content to `-`"
    case .nameFile: "name a file, a folder or a pipe"
    case .raiseOpenFiles: "raise the limit on open files (ulimit -n), then run again"
    case .closeOtherFiles: "the system has too many open files: close other programs, then run again"
    case .freeMemory: "free memory, or raise the memory limit (ulimit -v), then run again"
    case .checkDisk: "check the disk that it is on, then run again"
    case .freeTemporarySpace: "free disk space there, or set TMPDIR to another folder"
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
