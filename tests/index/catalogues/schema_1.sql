-- A library of schema 1 as Pullquote 0.1.0 first made it: two near-duplicates and another article, all invented.
BEGIN TRANSACTION;
CREATE TABLE articles (
	id VARCHAR(12) NOT NULL, 
	origin VARCHAR NOT NULL, 
	title VARCHAR, 
	author VARCHAR, 
	source VARCHAR, 
	published DATE, 
	published_from VARCHAR, 
	url VARCHAR, 
	text TEXT NOT NULL, 
	sha256 VARCHAR(64) NOT NULL, 
	content VARCHAR(64) NOT NULL, 
	added_at DATETIME NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (origin)
);
INSERT INTO "articles" VALUES('dc0d03f26258','marrowgate-tram.txt','Marrowgate''s tram returns','Ida Fenn','The Marrowgate Post','2025-05-08',NULL,NULL,'The tram between Old Quay and the hospital in Marrowgate will run again from Monday, the operator said on Thursday. It had stood still for eleven weeks, since a water main burst under the depot and washed out forty metres of track. Engineers laid new rails on a bed of concrete, and the first empty tram made the round trip on Wednesday night. ''Nobody missed it more than our nurses,'' said Olin Brask, who runs the hospital''s night shift. Tickets of the spring quarter stay valid until the end of June.','142d9a75ead1bd23b9e000fcdb59041c866e1e70fbd1db651b750c96c4654f7d','01acd949f6253125646b479cfc59b58ec15487336639355dbdb5468491031886','2026-11-23 02:03:51.633987');
INSERT INTO "articles" VALUES('9afaf54a4db0','hill-tram.txt','Tram returns after eleven weeks',NULL,'Hill & Harbour News','2025-05-09',NULL,NULL,'The tram between Old Quay and the hospital in Marrowgate will run again from Monday, the operator said on Thursday. It had stood still for eleven weeks, since a water main burst under the depot and washed out forty metres of track. Engineers laid new rails on a bed of concrete, and the first empty tram made the round trip on Wednesday night. ''Nobody missed it more than our nurses,'' said Olin Brask, who runs the hospital''s night shift. Tickets of the spring quarter stay valid until the end of June. Agencies','04611ba377059e247bef12dee2e01008673cbaeb5fabf574636493e1e2dfd9be','ea392a7ab9d847a158275944933561d74bb70dc795b45ecbad1adf15600efa90','2026-11-23 02:03:51.633987');
INSERT INTO "articles" VALUES('f3f62cf2d144','lantern-day.txt','Lanterns at the lake',NULL,'Stenby Weekly','2024-11-09',NULL,'https://www.example.org/lanterns','About 300 children carried paper lanterns to the lake at Stenby on Saturday. The oldest lantern was made in 1931.','ec63e65117671f644c26f7db862448de5dd0016f9838a32e72c8daa809c2c56d','1ea8d4a433ba40bd5d308570b40d9a2329621f59b31cc8c0817d781033310cce','2026-11-23 02:03:51.633987');
CREATE TABLE changes (
	chunk_id VARCHAR NOT NULL, 
	article_id VARCHAR(12) NOT NULL, 
	"drop" BOOLEAN NOT NULL, 
	PRIMARY KEY (chunk_id)
);
CREATE TABLE chunks (
	id VARCHAR NOT NULL, 
	article_id VARCHAR(12) NOT NULL, 
	number INTEGER NOT NULL, 
	sentences TEXT NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(article_id) REFERENCES articles (id)
);
INSERT INTO "chunks" VALUES('dc0d03f26258-89e4659f35b6-0','dc0d03f26258',0,'[[0, 115], [116, 231], [232, 343], [344, 438], [439, 502]]');
INSERT INTO "chunks" VALUES('9afaf54a4db0-80648df0e46d-0','9afaf54a4db0',0,'[[0, 115], [116, 231], [232, 343], [344, 438], [439, 502], [503, 511]]');
INSERT INTO "chunks" VALUES('f3f62cf2d144-febc035ee951-0','f3f62cf2d144',0,'[[0, 76], [77, 113]]');
CREATE TABLE meta (
	"key" VARCHAR NOT NULL, 
	value VARCHAR NOT NULL, 
	PRIMARY KEY ("key")
);
INSERT INTO "meta" VALUES('schema','1');
INSERT INTO "meta" VALUES('wipe','');
INSERT INTO "meta" VALUES('generation','1');
INSERT INTO "meta" VALUES('model','all-MiniLM-L6-v2@53aa51172d14');
CREATE INDEX ix_articles_content ON articles (content);
CREATE INDEX ix_articles_source ON articles (source);
CREATE INDEX ix_articles_published ON articles (published);
CREATE INDEX ix_chunks_article_id ON chunks (article_id);
COMMIT;
