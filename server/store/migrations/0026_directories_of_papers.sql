-- Behind the bytes of a paper's version, in `room_paper_bytes`, stands the directory of its pages (server/documents/pdf_directory.py), by
-- which a viewer finds the first page without reading all. The file as it was uploaded is the first `size` bytes.
alter table room_paper_versions add column directory_size int not null default 0;
