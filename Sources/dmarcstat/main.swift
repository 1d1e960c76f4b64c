import Store
import DMARC
let db = try ReportDatabase(path: CommandLine.arguments[1])
let r = IngestRun(database: db, limits: Limits(), isDryRun: false, retriesRejected: false) { _,_,_ in }
_ = try r.run(Array(CommandLine.arguments.dropFirst(2)))
let c = ContinuousClock()
print(try c.measure { try Judging(db.knownSenders()).refresh(db) })
