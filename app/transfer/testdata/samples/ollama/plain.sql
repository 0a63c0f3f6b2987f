CREATE TABLE settings (id INTEGER PRIMARY KEY CHECK (id = 1), device_id TEXT NOT NULL DEFAULT '', schema_version INTEGER NOT NULL DEFAULT 18);
INSERT INTO settings (id) VALUES (1);
CREATE TABLE chats (id TEXT PRIMARY KEY, title TEXT NOT NULL DEFAULT '', created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, browser_state TEXT);
CREATE TABLE messages (id INTEGER PRIMARY KEY AUTOINCREMENT, chat_id TEXT NOT NULL, role TEXT NOT NULL, content TEXT NOT NULL DEFAULT '', thinking TEXT NOT NULL DEFAULT '', stream BOOLEAN NOT NULL DEFAULT 0, model_name TEXT, model_cloud BOOLEAN, model_ollama_host BOOLEAN, created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, updated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, thinking_time_start TIMESTAMP, thinking_time_end TIMESTAMP, tool_result TEXT, FOREIGN KEY (chat_id) REFERENCES chats(id) ON DELETE CASCADE);
CREATE TABLE tool_calls (id INTEGER PRIMARY KEY AUTOINCREMENT, message_id INTEGER NOT NULL, type TEXT NOT NULL, function_name TEXT NOT NULL, function_arguments TEXT NOT NULL, function_result TEXT);
CREATE TABLE attachments (id INTEGER PRIMARY KEY AUTOINCREMENT, message_id INTEGER NOT NULL, filename TEXT NOT NULL, data BLOB NOT NULL);
INSERT INTO chats (id, title, created_at) VALUES ('0198a-1', 'Rezept', '2025-08-15 10:00:00.123456+02:00');
INSERT INTO messages (id, chat_id, role, content, thinking, model_name, created_at, updated_at) VALUES (1,'0198a-1','user','Ein Rezept für Suppe','','gemma3:4b','2025-08-15 10:00:01+02:00','2025-08-15 10:00:01+02:00'),(2,'0198a-1','assistant','Kartoffeln, Lauch, Brühe.','','gemma3:4b','2025-08-15 10:00:04.5+02:00','2025-08-15 10:00:06+02:00');
INSERT INTO chats (id, title, created_at) VALUES ('0198a-2', '', '2025-08-16 10:00:00');
