import GRDB
import GRDBSQLite
import Testing

@testable import Store

@Suite struct RawStatementTests {
  private func withTable(_ body: (Database) throws -> Void) throws {
    try DatabaseQueue().writeWithoutTransaction { db in
      try db.execute(sql: "CREATE TABLE t (number INTEGER, text TEXT, bytes BLOB)")
      try body(db)
    }
  }

  @Test(arguments: ["", "a", "a\0b", "\0", "é\0日本", String(repeating: "x", count: 100_000)])
  func textKeepsItsLength(text: String) throws {
    try withTable { db in
      let add = try RawStatement(db, "INSERT INTO t (text) VALUES (?)")
      add.bind(text, at: 1)
      try add.run()
      #expect(try RawStatement(db, "SELECT text FROM t").first { $0.text(at: 0) } == text)
      let length = try RawStatement(db, "SELECT length(CAST(text AS BLOB)) FROM t WHERE typeof(text) = 'text'")
      #expect(try length.firstInteger() == Int64(text.utf8.count))
      let find = try RawStatement(db, "SELECT count(*) FROM t WHERE text = ?")
      find.bind(text, at: 1)
      #expect(try find.firstInteger() == 1)
    }
  }

  @Test func emptyTextIsNotNull() throws {
    try withTable { db in
      let add = try RawStatement(db, "INSERT INTO t (text, bytes) VALUES (?, ?)")
      add.bind("", at: 1)
      add.bind([UInt8](), at: 2)
      try add.run()
      add.bind(nil as String?, at: 1)
      add.bind(nil as [UInt8]?, at: 2)
      try add.run()
      #expect(try Int.fetchOne(db, sql: "SELECT count(*) FROM t WHERE text = '' AND bytes = X''") == 1)
      #expect(try Int.fetchOne(db, sql: "SELECT count(*) FROM t WHERE text IS NULL AND bytes IS NULL") == 1)
    }
  }

  /// If a value cannot be bound, the parameter keeps the value of the previous row, which must not be stored again.
  @Test func aValueThatCannotBeBoundStopsTheRun() throws {
    try withTable { db in
      sqlite3_limit(db.sqliteConnection, SQLITE_LIMIT_LENGTH, 1_000)
      let add = try RawStatement(db, "INSERT INTO t (number, text) VALUES (?, ?)")
      add.bind(1, at: 1)
      add.bind("one", at: 2)
      try add.run()
      add.bind(2, at: 1)
      add.bind(String(repeating: "x", count: 2_000), at: 2)
      #expect(throws: DatabaseError.self) { try add.run() }
      #expect(try Int.fetchOne(db, sql: "SELECT count(*) FROM t") == 1)
      add.bind("two", at: 2)
      try add.run()
      #expect(try String.fetchAll(db, sql: "SELECT number || text FROM t") == ["1one", "2two"])
    }
  }

  @Test func everyKindOfValueIsChecked() throws {
    try withTable { db in
      let select = try RawStatement(db, "SELECT ?")
      let bindings: [(RawStatement) -> Void] = [
        { $0.bind(1, at: 2) }, { $0.bind(nil as Int64?, at: 2) }, { $0.bind("x", at: 2) },
        { $0.bind(nil as String?, at: 2) }, { $0.bind([1], at: 2) }, { $0.bind(nil as [UInt8]?, at: 2) },
        { $0.bind("", at: 2) }, { $0.bind([UInt8](), at: 2) },
      ]
      for bind in bindings {
        bind(select)
        #expect(throws: DatabaseError.self) { try select.firstInteger() }
        select.bind(7, at: 1)
        #expect(try select.firstInteger() == 7)
      }
    }
  }
}
