/* The reference: the minimum that any ingester must do. Inflates each gzip file of a directory, runs libxml2's SAX2 push
 * parser over it and inserts one flat row per record into SQLite, all in one transaction. It keeps no warnings,
 * recognises no duplicates, interns nothing, normalises nothing.
 *
 *   reference DATABASE DIRECTORY
 */
#include <dirent.h>
#include <libxml/parser.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { FIELDS = 16, WIDTH = 256 };

/* The columns of the flat row, by the names of the element and its parent. */
static const char *const columns[FIELDS][2] = {
    {"report_metadata", "org_name"}, {"report_metadata", "report_id"}, {"policy_published", "domain"},
    {"row", "source_ip"}, {"row", "count"}, {"policy_evaluated", "disposition"}, {"policy_evaluated", "dkim"},
    {"policy_evaluated", "spf"}, {"reason", "type"}, {"identifiers", "header_from"}, {"identifiers", "envelope_from"},
    {"dkim", "domain"}, {"dkim", "selector"}, {"dkim", "result"}, {"spf", "domain"}, {"spf", "result"},
};
enum { FIRST_OF_RECORD = 3 };

struct reader {
  sqlite3_stmt *insert;
  const xmlChar *path[32];
  int depth;
  char value[FIELDS][WIDTH];
  int length[FIELDS];
  char text[WIDTH];
  int text_length;
};

static void start(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int nb_namespaces,
                  const xmlChar **namespaces, int nb_attributes, int nb_defaulted, const xmlChar **attributes) {
  (void)prefix, (void)uri, (void)nb_namespaces, (void)namespaces, (void)nb_attributes, (void)nb_defaulted, (void)attributes;
  struct reader *r = context;
  if (r->depth < 31) r->path[++r->depth] = name;
  r->text_length = 0;
  if (!strcmp((const char *)name, "record"))
    for (int i = FIRST_OF_RECORD; i < FIELDS; i++) r->length[i] = 0;
}

static void insert_row(struct reader *r) {
  for (int i = 0; i < FIELDS; i++) sqlite3_bind_text(r->insert, i + 1, r->value[i], r->length[i], SQLITE_STATIC);
  if (sqlite3_step(r->insert) != SQLITE_DONE) fprintf(stderr, "insert failed\n"), exit(1);
  sqlite3_reset(r->insert);
}

static void end(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri) {
  (void)prefix, (void)uri;
  struct reader *r = context;
  const char *parent = r->depth > 1 ? (const char *)r->path[r->depth - 1] : "";
  for (int i = 0; i < FIELDS; i++)
    if (!strcmp(columns[i][1], (const char *)name) && !strcmp(columns[i][0], parent)) {
      memcpy(r->value[i], r->text, (size_t)r->text_length);
      r->length[i] = r->text_length;
    }
  if (!strcmp((const char *)name, "record")) insert_row(r);
  r->depth--;
}

static void characters(void *context, const xmlChar *text, int length) {
  struct reader *r = context;
  if (r->text_length + length > WIDTH) length = WIDTH - r->text_length;
  memcpy(r->text + r->text_length, text, (size_t)length);
  r->text_length += length;
}

static void ingest(const char *path, sqlite3_stmt *insert) {
  static char buffer[1 << 16];
  xmlSAXHandler handler = {.initialized = XML_SAX2_MAGIC, .startElementNs = start, .endElementNs = end, .characters = characters};
  struct reader r = {.insert = insert};
  gzFile in = gzopen(path, "rb");
  if (!in) perror(path), exit(1);
  gzbuffer(in, 1 << 16);
  xmlParserCtxtPtr parser = xmlCreatePushParserCtxt(&handler, &r, NULL, 0, NULL);
  int n;
  while ((n = gzread(in, buffer, sizeof buffer)) > 0) xmlParseChunk(parser, buffer, n, 0);
  xmlParseChunk(parser, NULL, 0, 1);
  if (!parser->wellFormed) fprintf(stderr, "%s: not well-formed\n", path), exit(1);
  xmlFreeParserCtxt(parser);
  gzclose(in);
}

static void run(sqlite3 *db, const char *sql) {
  if (sqlite3_exec(db, sql, NULL, NULL, NULL)) fprintf(stderr, "%s: %s\n", sql, sqlite3_errmsg(db)), exit(1);
}

int main(int argc, char **argv) {
  if (argc != 3) return fprintf(stderr, "usage: reference DATABASE DIRECTORY\n"), 2;
  sqlite3 *db;
  sqlite3_stmt *insert;
  if (sqlite3_open(argv[1], &db)) return 1;
  run(db, "PRAGMA journal_mode=WAL");
  run(db, "PRAGMA synchronous=NORMAL");
  run(db, "CREATE TABLE record(a,b,c,d,e INTEGER,f,g,h,i,j,k,l,m,n,o,p)");
  run(db, "BEGIN");
  sqlite3_prepare_v2(db, "INSERT INTO record VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)", -1, &insert, NULL);
  DIR *directory = opendir(argv[2]);
  if (!directory) return perror(argv[2]), 1;
  for (struct dirent *e; (e = readdir(directory));) {
    char path[8192];
    if (e->d_name[0] == '.') continue;
    snprintf(path, sizeof path, "%s/%s", argv[2], e->d_name);
    ingest(path, insert);
  }
  closedir(directory);
  run(db, "COMMIT");
  sqlite3_finalize(insert);
  return sqlite3_close(db) != SQLITE_OK;
}
