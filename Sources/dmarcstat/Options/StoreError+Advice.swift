import Store

/// What a user of this program can do about the database, in terms of its commands and options.
extension StoreError {
  /// The file, the cause and the next step.
  var explanation: String { advice.map { "\(description): \($0)" } ?? description }

  private var advice: String? {
    switch remedy {
    case .nameOtherFile: "name another file with --database"
    case .updateProgram: "update dmarcstat"
    case .ingestFirst: "run `dmarcstat ingest` first"
    case .ingestOrNameFile: "run `dmarcstat ingest` first, or name the file with --database"
    case .runAsReader:
      "use `sudo -u` with its owner, or join its group; a database of your own is named with --database"
    case .migrate: "run `dmarcstat ingest` once to bring it up to date"
    case .checkFolder:
      "check that its folder exists and that you may write there, or name another file with --database"
    case .checkDatabase: "see `dmarcstat db check`"
    case .changeConfiguration: "change or remove it there"
    case .removeOneDeclaration: "remove it there, or with `dmarcstat senders remove`"
    case .useOtherName: "remove it with `dmarcstat senders remove` first, or use another name"
    case nil: nil
    }
  }
}
