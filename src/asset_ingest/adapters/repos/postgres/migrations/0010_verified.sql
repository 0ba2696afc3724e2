-- What was found out about the bytes, and by whom. Checksums are CRC-64/NVME as S3 writes them: twelve characters.
ALTER TABLE upload_session
    ADD COLUMN promised_crc64nvme text COLLATE "C" CHECK (length(promised_crc64nvme) = 12),
    ADD COLUMN crc64nvme          text COLLATE "C" CHECK (length(crc64nvme) = 12),
    ADD COLUMN verified           jsonb NOT NULL DEFAULT '{}';
ALTER TABLE file_part
    ADD COLUMN crc64nvme text COLLATE "C" CHECK (length(crc64nvme) = 12);
